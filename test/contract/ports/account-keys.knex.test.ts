import { afterAll } from 'vitest';
import { accountKeysContract } from './account-keys.contract.js';
import { knexSharedRigs } from './shared.rig.js';

const rigs = knexSharedRigs();
afterAll(rigs.close);

accountKeysContract('knex', rigs.open);
