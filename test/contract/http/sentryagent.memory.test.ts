import { startApp } from '../../support/app.js';
import { sentryAgentContract } from './sentryagent.contract.js';

sentryAgentContract('memory', (options) => startApp(options));
