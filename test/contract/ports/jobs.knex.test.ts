import { afterAll } from 'vitest';
import { jobsContract } from './jobs.contract.js';
import { jobsModel } from './jobs.model.js';
import { knexSharedRigs } from './shared.rig.js';

const rigs = knexSharedRigs();
afterAll(rigs.close);

jobsContract('knex', rigs.open);
jobsModel('knex', rigs.open, 15);
