import { afterAll } from 'vitest';
import { knexAccountsRigs } from './accounts.rig.js';
import { connectionsContract } from './connections.contract.js';

const rigs = knexAccountsRigs();
afterAll(rigs.close);

connectionsContract('knex', rigs.open);
