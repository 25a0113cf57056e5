import { startApp } from '../../support/app.js';
import { pagesContract } from './pages.contract.js';

pagesContract('memory', (options) => startApp(options));
