import { afterAll } from 'vitest';
import { knexWorkspaceReaders } from '../../../src/adapters/knex/entitlements/workspaces/readers.js';
import { knexWorkspaces } from '../../../src/adapters/knex/entitlements/workspaces/unit-of-work.js';
import { knexAccountsRigs, shared } from './accounts.rig.js';
import { workspacesContract } from './workspaces.contract.js';

const rigs = knexAccountsRigs();
afterAll(rigs.close);

workspacesContract('knex', async () => {
  const rig = await rigs.open();
  return {
    ...rig,
    workspaces: knexWorkspaces(rig.db, shared),
    workspaceReaders: knexWorkspaceReaders(rig.db),
  };
});
