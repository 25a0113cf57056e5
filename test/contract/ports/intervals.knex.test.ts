import { afterAll } from 'vitest';
import { knexFleetRigs } from './fleet.rig.js';
import { intervalsContract } from './intervals.contract.js';

const rigs = knexFleetRigs();
afterAll(rigs.close);

intervalsContract('knex', rigs.open);
