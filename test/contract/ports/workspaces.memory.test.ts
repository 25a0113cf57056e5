import { memoryWorkspaceReaders } from '../../../src/adapters/memory/entitlements/workspaces/readers.js';
import { memoryWorkspaces } from '../../../src/adapters/memory/entitlements/workspaces/unit-of-work.js';
import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { memoryAccountsRig, shared } from './accounts.rig.js';
import { workspacesContract } from './workspaces.contract.js';

workspacesContract('memory', async () => {
  const store = memoryStore();
  return {
    ...(await memoryAccountsRig(store)),
    workspaces: memoryWorkspaces(store, shared),
    workspaceReaders: memoryWorkspaceReaders(store),
  };
});
