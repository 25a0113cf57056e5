import type { AccountsUnitOfWork } from '../../../ports/accounts/unit-of-work.js';
import { memoryOnboarding } from '../entitlements/workspaces/drafts.js';
import type { MemoryStore } from '../kit/store.js';
import { memoryUnitOfWork } from '../kit/unit-of-work.js';
import { memorySharedTx, type SharedDeps } from '../shared/shared-tx.js';
import { memoryAccountRows } from './accounts.js';
import { memoryApiKeys } from './api-keys.js';
import { memoryMemberships } from './memberships.js';
import { memoryOneTimeTokens } from './one-time-tokens.js';
import { memoryOrganizationClients } from './organization-clients.js';
import { memorySessions } from './sessions.js';
import { memoryUsers } from './users.js';
import { memoryUses } from './uses.js';

/** The accounts context's units of work on a memory store. */
export const memoryAccounts = (store: MemoryStore, deps: SharedDeps): AccountsUnitOfWork => {
  let lastNumber = 0;
  const nextNumber = (): number => {
    lastNumber += 1;
    return lastNumber;
  };
  return memoryUnitOfWork(store, (tx) => {
    const shared = memorySharedTx(tx, deps);
    return {
      ...shared,
      users: memoryUsers(tx),
      accounts: { ...shared.accounts, ...memoryAccountRows(tx, nextNumber) },
      memberships: memoryMemberships(tx),
      apiKeys: memoryApiKeys(tx),
      organizationClients: memoryOrganizationClients(tx),
      sessions: memorySessions(tx),
      oneTimeTokens: memoryOneTimeTokens(tx),
      uses: memoryUses(tx, shared, deps.ids),
      onboarding: memoryOnboarding(tx),
    };
  });
};
