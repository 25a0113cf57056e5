import { startApp } from '../../support/app.js';
import { isolation } from './isolation.property.js';

isolation('memory', (options) => startApp(options), 4, 240_000);
