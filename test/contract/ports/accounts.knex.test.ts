import { afterAll } from 'vitest';
import { accountsContract } from './accounts.contract.js';
import { credentialsContract } from './accounts.credentials.contract.js';
import { membershipsContract } from './accounts.memberships.contract.js';
import { accountResourcesContract } from './accounts.resources.contract.js';
import { knexAccountsRigs } from './accounts.rig.js';

const rigs = knexAccountsRigs();
afterAll(rigs.close);

accountsContract('knex', rigs.open);
membershipsContract('knex', rigs.open);
credentialsContract('knex', rigs.open);
accountResourcesContract('knex', rigs.open);
