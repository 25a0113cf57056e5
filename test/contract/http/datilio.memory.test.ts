import { startApp } from '../../support/app.js';
import { datilioContract } from './datilio.contract.js';

datilioContract('memory', (options) => startApp(options));
