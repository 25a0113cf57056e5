import { afterAll } from 'vitest';
import { knexAccountsRigs } from './accounts.rig.js';
import { linksContract } from './links.contract.js';

const rigs = knexAccountsRigs();
afterAll(rigs.close);

linksContract('knex', rigs.open);
