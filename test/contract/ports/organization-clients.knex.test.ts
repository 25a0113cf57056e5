import { afterAll } from 'vitest';
import { knexAccountsRigs } from './accounts.rig.js';
import { organizationClientsContract } from './organization-clients.contract.js';

const rigs = knexAccountsRigs();
afterAll(rigs.close);

organizationClientsContract('knex', rigs.open);
