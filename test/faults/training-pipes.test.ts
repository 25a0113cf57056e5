import { trainingPipesOnKnex } from '../contract/http/training-pipes.on-knex.js';

// What one connection would put in order by itself happens at once here.
trainingPipesOnKnex(10);
