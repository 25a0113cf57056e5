import { afterAll } from 'vitest';
import { quotaContract } from './quota.contract.js';
import { knexSharedRigs } from './shared.rig.js';

const rigs = knexSharedRigs();
afterAll(rigs.close);

quotaContract('knex', rigs.open);
