import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import {
  LIFECYCLE_STATES,
  SUBSCRIPTION_STATES,
  type WorkspaceSetting,
  type WorkspaceSubscription,
} from '../../../../domain/entitlements/lifecycle.js';
import type { AccountId } from '../../../../domain/shared/ids.js';
import { type Instant, iso } from '../../../../domain/shared/time.js';
import type { Standing, Truth } from '../../../../ports/entitlements/workspaces.js';
import type { StaleVersion, Unavailable } from '../../../../ports/shared/failure.js';
import { query } from '../../kit/query.js';
import { nullable, timestamptz } from '../../kit/rows.js';

const SubscriptionRow = z.object({
  version: z.number(),
  state: z.enum(SUBSCRIPTION_STATES),
  billing_reference: nullable(z.string()),
  status_reason: z.string(),
  trial_ends_at: nullable(timestamptz),
  period_starts_at: nullable(timestamptz),
  period_ends_at: nullable(timestamptz),
  since: timestamptz,
  changed_at: timestamptz,
  changed_by: z.string(),
});
const SettingRow = z.object({
  version: z.number(),
  state: z.enum(LIFECYCLE_STATES),
  reason: z.string(),
  changed_at: timestamptz,
  changed_by: z.string(),
});

const subscriptionOf = (row: unknown): WorkspaceSubscription => {
  const r = SubscriptionRow.parse(row);
  return {
    version: r.version,
    state: r.state,
    billingReference: r.billing_reference,
    statusReason: r.status_reason,
    trialEndsAt: r.trial_ends_at,
    periodStartsAt: r.period_starts_at,
    periodEndsAt: r.period_ends_at,
    since: r.since,
    changedAt: r.changed_at,
    changedBy: r.changed_by,
  };
};
const settingOf = (row: unknown): WorkspaceSetting => {
  const { version, state, reason, changed_at: changedAt, changed_by: changedBy } = SettingRow.parse(row);
  return { version, state, reason, changedAt, changedBy };
};

const orNull = (at: Instant | undefined): string | null => (at === undefined ? null : iso(at));

const recordRow = (account: AccountId, s: WorkspaceSubscription) => ({
  account_id: account,
  version: s.version,
  state: s.state,
  billing_reference: s.billingReference ?? null,
  status_reason: s.statusReason,
  trial_ends_at: orNull(s.trialEndsAt),
  period_starts_at: orNull(s.periodStartsAt),
  period_ends_at: orNull(s.periodEndsAt),
  since: iso(s.since),
  changed_at: iso(s.changedAt),
  changed_by: s.changedBy,
});
const settingRow = (account: AccountId, s: WorkspaceSetting) => ({
  account_id: account,
  version: s.version,
  state: s.state,
  reason: s.reason,
  changed_at: iso(s.changedAt),
  changed_by: s.changedBy,
});

/** What is said of an account. */
export const standingIn = (db: Knex, account: AccountId): ResultAsync<Standing, Unavailable> =>
  query(() => db('workspace_subscriptions').where({ account_id: account }).first()).andThen((record) =>
    query(() => db('workspace_settings').where({ account_id: account }).first()).map((setting) => ({
      subscription: record === undefined ? undefined : subscriptionOf(record),
      setting: setting === undefined ? undefined : settingOf(setting),
    })),
  );

type Versioned = { readonly account_id: AccountId; readonly version: number };

/** The first row of an account, or the next version in place of the one before it. */
const write = (trx: Knex, table: string, row: Versioned): ResultAsync<void, StaleVersion | Unavailable> =>
  query((): PromiseLike<unknown[]> => {
    const rows = trx(table);
    const { account_id, version } = row;
    return version === 1
      ? rows.insert(row).onConflict('account_id').ignore().returning('account_id')
      : rows
          .where({ account_id, version: version - 1 })
          .update(row)
          .returning('account_id');
  }).andThen((written) =>
    written.length === 0
      ? errAsync<void, StaleVersion>({ kind: 'stale_version', id: row.account_id })
      : okAsync(undefined),
  );

/** Records and settings of workspaces on one transaction. */
export const knexTruth = (trx: Knex): Truth => ({
  of: (account) => standingIn(trx, account),
  assert: (account, subscription) => write(trx, 'workspace_subscriptions', recordRow(account, subscription)),
  set: (account, setting) => write(trx, 'workspace_settings', settingRow(account, setting)),
});
