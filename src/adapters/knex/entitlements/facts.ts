import type { Knex } from 'knex';
import type { Allowance, WindowKind } from '../../../domain/entitlements/allowance.js';
import type { AccountFacts, Count, FeatureFacts } from '../../../domain/entitlements/facts.js';
import type {
  LifecycleState,
  SubscriptionState,
  WorkspaceSetting,
  WorkspaceSubscription,
} from '../../../domain/entitlements/lifecycle.js';
import { lifecycleOf } from '../../../domain/entitlements/posture.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, instant, iso } from '../../../domain/shared/time.js';
import type { EntitlementReaders } from '../../../ports/entitlements/unit-of-work.js';
import { rowOf } from '../kit/joined.js';
import { query } from '../kit/query.js';
import { FACTS } from './facts-sql.js';
import { FEATURE_COLUMNS, featureOf } from './features.js';

// What PostgreSQL answers to these very statements is taken at its word.
type Whose = 'pf' | 'o';
type AllowanceColumns = Readonly<
  Record<`${Whose}_granted`, boolean | null> &
    Record<`${Whose}_usage_limit`, bigint | null> &
    Record<`${Whose}_window_kind`, WindowKind | null> &
    Record<`${Whose}_soft`, boolean> &
    Record<`${Whose}_warn_percent`, number>
>;
/** Of numeric columns: their text. */
type CountColumns = Readonly<Record<`${WindowKind}_${'used' | 'reserved'}`, string | null>>;
type LiveColumns = {
  readonly plan_id: string | null;
  readonly plan_name: string | null;
  readonly period_start: Date | null;
  readonly period_end: Date | null;
};
type SubscriptionColumns = {
  readonly ws_version: number;
  readonly ws_state: SubscriptionState | null;
  readonly ws_billing_reference: string | null;
  readonly ws_status_reason: string;
  readonly ws_trial_ends_at: Date | null;
  readonly ws_period_starts_at: Date | null;
  readonly ws_period_ends_at: Date | null;
  readonly ws_since: Date;
  readonly ws_changed_at: Date;
  readonly ws_changed_by: string;
};
type SettingColumns = {
  readonly wt_state: LifecycleState | null;
  readonly wt_reason: string;
  readonly wt_changed_at: Date;
  readonly wt_changed_by: string;
};
type Row = AllowanceColumns &
  CountColumns &
  LiveColumns &
  SubscriptionColumns &
  SettingColumns & { readonly held_used: string | null };

const moment = (date: Date): Instant => instant(date.getTime());
const maybe = (date: Date | null): Instant | undefined => (date === null ? undefined : moment(date));

const allowanceIn = (row: Row, whose: Whose): Allowance | undefined => {
  const window = row[`${whose}_window_kind`];
  return window === null
    ? undefined
    : {
        granted: row[`${whose}_granted`] ?? undefined,
        limit: row[`${whose}_usage_limit`] ?? undefined,
        window,
        soft: row[`${whose}_soft`],
        warnPercent: row[`${whose}_warn_percent`],
      };
};

const countIn = (row: Row, kind: WindowKind): Count => ({
  used: BigInt(row[`${kind}_used`] ?? 0),
  reserved: BigInt(row[`${kind}_reserved`] ?? 0),
});

const subscriptionIn = (row: Row): WorkspaceSubscription | undefined =>
  row.ws_state === null
    ? undefined
    : {
        version: row.ws_version,
        state: row.ws_state,
        billingReference: row.ws_billing_reference ?? undefined,
        statusReason: row.ws_status_reason,
        trialEndsAt: maybe(row.ws_trial_ends_at),
        periodStartsAt: maybe(row.ws_period_starts_at),
        periodEndsAt: maybe(row.ws_period_ends_at),
        since: moment(row.ws_since),
        changedAt: moment(row.ws_changed_at),
        changedBy: row.ws_changed_by,
      };

const settingIn = (row: Row): Omit<WorkspaceSetting, 'version'> | undefined =>
  row.wt_state === null
    ? undefined
    : {
        state: row.wt_state,
        reason: row.wt_reason,
        changedAt: moment(row.wt_changed_at),
        changedBy: row.wt_changed_by,
      };

const featureFactsIn = (row: Row): readonly FeatureFacts[] => {
  const feature = rowOf('f', FEATURE_COLUMNS, row);
  return feature === undefined
    ? []
    : [
        {
          feature: featureOf(feature),
          planned: allowanceIn(row, 'pf'),
          overridden: allowanceIn(row, 'o'),
          held: BigInt(row.held_used ?? 0),
          counts: {
            day: countIn(row, 'day'),
            month: countIn(row, 'month'),
            billing_period: countIn(row, 'billing_period'),
            lifetime: countIn(row, 'lifetime'),
          },
        },
      ];
};

const planIn = ({ plan_id: id, plan_name: name }: Row): AccountFacts['plan'] =>
  id === null || name === null ? undefined : { id, name };

const periodIn = ({ period_start: start, period_end: end }: Row): AccountFacts['period'] =>
  start === null || end === null ? undefined : { start: moment(start), end: moment(end) };

const factsIn = (rows: readonly Row[], accountId: AccountId, at: Instant): AccountFacts => {
  const [row] = rows;
  if (row === undefined) throw new Error('facts without a row');
  return {
    accountId,
    asOf: at,
    plan: planIn(row),
    period: periodIn(row),
    lifecycle: lifecycleOf(subscriptionIn(row), settingIn(row), at),
    features: new Map(rows.flatMap(featureFactsIn).map((facts) => [facts.feature.key, facts])),
  };
};

/**
 * What decisions are made from, in one statement: every part of it is a look-up in an index. It has a name, so that
 * each connection plans it once; planning so many joins takes longer than running them.
 */
export const knexFacts =
  (db: Knex): EntitlementReaders['facts'] =>
  (account, at, keys) =>
    query(() =>
      db
        .raw<{ readonly rows: readonly Row[] }>(keys === undefined ? FACTS.all : FACTS.some, {
          account,
          at: iso(at),
          ...(keys !== undefined && { keys: [...keys] }),
        })
        .options({
          name: keys === undefined ? 'entitlements of an account' : 'entitlements to some features',
        }),
    ).map(({ rows }) => factsIn(rows, account, at));
