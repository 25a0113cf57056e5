import type { Knex } from 'knex';
import type { AccountsUnitOfWork } from '../../../ports/accounts/unit-of-work.js';
import { knexOnboarding } from '../entitlements/workspaces/drafts.js';
import { knexUnitOfWork } from '../kit/unit-of-work.js';
import { knexSharedTx, type SharedDeps } from '../shared/shared-tx.js';
import { knexAccountRows } from './accounts.js';
import { knexApiKeys } from './api-keys.js';
import { knexMemberships } from './memberships.js';
import { knexOneTimeTokens } from './one-time-tokens.js';
import { knexOrganizationClients } from './organization-clients.js';
import { knexSessions } from './sessions.js';
import { knexUsers } from './users.js';
import { knexUses } from './uses.js';

/** The accounts context's units of work on PostgreSQL. */
export const knexAccounts = (db: Knex, deps: SharedDeps): AccountsUnitOfWork =>
  knexUnitOfWork(db, (trx) => {
    const shared = knexSharedTx(trx, deps);
    return {
      ...shared,
      users: knexUsers(trx),
      accounts: { ...shared.accounts, ...knexAccountRows(trx) },
      memberships: knexMemberships(trx),
      apiKeys: knexApiKeys(trx),
      organizationClients: knexOrganizationClients(trx),
      sessions: knexSessions(trx),
      oneTimeTokens: knexOneTimeTokens(trx),
      uses: knexUses(trx, shared, deps.ids),
      onboarding: knexOnboarding(trx),
    };
  });
