import { afterAll } from 'vitest';
import { knexAccountsRigs } from './accounts.rig.js';
import { bucketsContract } from './buckets.contract.js';

const rigs = knexAccountsRigs();
afterAll(rigs.close);

bucketsContract('knex', rigs.open);
