import { trainingPipesOnKnex } from './training-pipes.on-knex.js';

// A use case that needs a second connection while it holds one would hang here.
trainingPipesOnKnex(1);
