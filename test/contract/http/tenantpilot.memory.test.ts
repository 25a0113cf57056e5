import { startApp } from '../../support/app.js';
import { tenantPilotContract } from './tenantpilot.contract.js';

tenantPilotContract('memory', (options) => startApp(options));
