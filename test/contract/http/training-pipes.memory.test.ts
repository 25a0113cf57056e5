import { startApp } from '../../support/app.js';
import { trainingPipesContract } from './training-pipes.contract.js';

trainingPipesContract('memory', (options) => startApp(options));
