import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLATFORM } from '../../src/domain/billing/seller.js';
import type { UsageRecord } from '../../src/domain/entitlements/usage.js';
import type { AccountId } from '../../src/domain/shared/ids.js';
import { MINUTE, plus } from '../../src/domain/shared/time.js';
import type { EntitlementsTx } from '../../src/ports/entitlements/unit-of-work.js';
import { type EntitlementsRig, entitling, knexEntitlementsRigs } from '../contract/ports/entitlements.rig.js';
import { AT, newId } from '../support/accounts.js';
import { anAllowance, anOverride, aReservation, aUse, windowsAt } from '../support/entitlements.js';
import { explained } from '../support/explained.js';
import type { TestDatabase } from '../support/postgres.js';

const [FEW, MANY] = [10_000, 1_000_000];
const ACCOUNTS = 2_000;
const TABLES = [
  'accounts',
  'customers',
  'features',
  'plans',
  'plan_prices',
  'plan_features',
  'subscriptions',
  'entitlement_overrides',
  'quota_usage',
  'storage_sizes',
  'workspace_subscriptions',
  'workspace_settings',
  'usage_records',
  'usage_counters',
  'usage_reservations',
  'usage_crossings',
];

const idOf = (n: number): string => `00000000-0000-7000-9000-${String(n).padStart(12, '0')}`;
const ID = (n: string): string => `('00000000-0000-7000-9000-' || lpad((${n})::text, 12, '0'))::uuid`;
/** One of those that are there from the start. */
const FEATURE = `('00000000-0000-7000-8000-0000000001' || lpad((n % 19 + 1)::text, 2, '0'))::uuid`;

/** Accounts with plans, subscriptions and all that is looked at beside usage. */
const settleMany = (db: Knex, creator: string): Promise<unknown> => {
  const each = `generate_series(1, ${ACCOUNTS}) n, lateral (
    select ${ID('n')} as id, '${PLATFORM}'::uuid as seller, timestamptz '2026-01-01' as at) r`;
  return db.raw(`
    insert into accounts (id, version, kind, name, creator_id, created_at, updated_at)
      select id, 1, 'platform', 'a', '${creator}', at, at from ${each};
    insert into customers (id, version, seller_id, payer_account_id, created_at)
      select id, 1, seller, id, at from ${each};
    insert into plans (id, version, seller_id, catalogue, name, traits, created_at, updated_at)
      select id, 1, seller, 'training-pipes', 'plan ' || n, '{}', at, at from ${each};
    insert into plan_prices (id, seller_id, plan_id, processor_id, amount, currency, interval, interval_count, active)
      select id, seller, id, 'price_' || n, n, 'usd', 'month', 1, true from ${each};
    insert into plan_features (id, version, seller_id, plan_id, feature_id, usage_limit, window_kind, soft,
        warn_percent, created_at, updated_at)
      select gen_random_uuid(), 1, seller, id, f, n, 'month', false, 80, at, at
        from (select n, r.*, ${FEATURE} as f from ${each}) planned;
    insert into subscriptions (id, version, seller_id, customer_id, truth_source, status, price_id,
        cancel_at_period_end, period_start, period_end, started_at)
      select gen_random_uuid(), 1, seller, id, 'derived', case s when 1 then 'active' else 'ended' end, id, false, at,
        at, at from ${each}, generate_series(1, 3) s;
    insert into features (id, version, key, name, kind, highlight, created_at, updated_at)
      select id, 1, 'feature_' || n, 'feature ' || n, 'metered', false, at, at from ${each} where n <= 1000;
    insert into entitlement_overrides (account_id, feature_id, version, usage_limit, window_kind, soft, warn_percent,
        reason, created_at)
      select id, f, 1, n, 'day', false, 80, 'x', at from (select n, r.*, ${FEATURE} as f from ${each}) overridden;
    insert into quota_usage (account_id, feature, used) select id, 'buckets', 1 from ${each};
    insert into storage_sizes (bucket_id, account_id, bytes, objects) select id, id, n, n from ${each};
    insert into workspace_subscriptions (account_id, version, state, status_reason, since, changed_at, changed_by)
      select id, 1, 'active', 'x', at, at, 'x' from ${each};
    insert into workspace_settings (account_id, state, reason, changed_at, changed_by)
      select id, 'trial', 'x', at, 'x' from ${each}`);
};

/** Half of all use is one account's. Windows and reservations that are over are many times those that matter. */
const use = async (db: Knex, busy: AccountId, from: number, to: number): Promise<void> => {
  const each = (step: number) => `generate_series(${from / step + 1}, ${to / step}) n, lateral (
    select ${ID('n')} as id, ${FEATURE} as feature, timestamptz '2025-12-31' - n * interval '1 hour' as at,
      case n % 2 when 0 then '${busy}'::uuid else ${ID(`n % ${ACCOUNTS} + 1`)} end as account) r`;
  await db.raw(`
    insert into usage_records (id, account_id, feature_id, key, value, used_at, recorded_at, corrects)
      select id, account, feature, 'key ' || n, 1, at, at, case when n % 50 = 0 then ${ID('n / 2')} end from ${each(1)};
    insert into usage_counters (account_id, feature_id, window_kind, window_start, used)
      select account, feature, 'day', date_trunc('day', at) - n * interval '1 day', 1 from ${each(20)};
    insert into usage_counters (account_id, feature_id, window_kind, window_start, used)
      select distinct on (account, feature) account, feature, 'lifetime', timestamptz '1970-01-01T00:00:00Z', 1
        from ${each(20)} on conflict do nothing;
    insert into usage_reservations (id, account_id, feature_id, amount, state, reserved_at, expires_at, day, month)
      select id, account, feature, 1, 'confirmed', at, at + interval '1 minute', at, at from ${each(20)};
    insert into usage_crossings (account_id, feature_id, window_start, percent, usage_limit, at)
      select account, feature, at, 80, 1, at from ${each(20)}`);
  for (const table of TABLES) await db.raw('vacuum analyze ??', [table]);
};

describe('The statements of entitlements', () => {
  const rigs = knexEntitlementsRigs();
  let rig: EntitlementsRig & TestDatabase;
  let busy: AccountId;
  let feature: string;
  let planId: string;
  /** A write that has committed cannot be run once more. */
  const undone = (work: (tx: EntitlementsTx) => ResultAsync<unknown, { readonly kind: string }>) =>
    rig.entitlements
      .run((tx) => work(tx).andThen(() => errAsync({ kind: 'undone' })))
      .orElse((failure) => (failure.kind === 'undone' ? okAsync(undefined) : errAsync(failure)));
  const record = (...uses: readonly UsageRecord[]) =>
    undone((tx) => tx.usage.record(uses.map((each) => ({ record: each, windows: windowsAt() }))));
  const inHand: Readonly<Record<string, () => ResultAsync<unknown, unknown>>> = {
    'facts of all features': () => rig.facts(busy, AT),
    'facts of one feature': () => rig.facts(busy, AT, ['api_calls']),
    'facts of an account without anything': () => rig.facts(newId() as AccountId, AT, ['api_calls']),
    'one use': () => record(aUse(busy, feature)),
    'a hundred uses': () => record(...Array.from({ length: 100 }, () => aUse(busy, feature))),
    'a use that is on record': () => record(aUse(busy, feature, { key: 'key 200' })),
    'a reservation from beginning to end': () => {
      const reservation = aReservation(busy, feature);
      return undone((tx) =>
        tx.usage
          .lock(busy, feature, windowsAt(), AT)
          .andThen(() => tx.usage.reserve(reservation, windowsAt()))
          .andThen(() => tx.usage.reservation(busy, reservation.id))
          .andThen(() => tx.usage.windowsOf(busy, reservation.id))
          .andThen(() => tx.usage.settle(busy, reservation.id, 'released')),
      );
    },
    'reservations given back': () =>
      undone((tx) =>
        tx.usage
          .reserve(aReservation(busy, feature), windowsAt())
          .andThen(() => tx.usage.lock(busy, feature, windowsAt(), plus(AT, MINUTE))),
      ),
    'a page of records': () => rig.entitled.records(busy, { size: 20 }),
    'a page of records of a feature, from the middle': () =>
      rig.entitled.records(busy, { size: 20, after: idOf(FEW / 2) }, feature),
    'a record, those of a key, and what puts it right': () =>
      undone((tx) =>
        tx.usage
          .get(busy, idOf(200))
          .andThen(() => tx.usage.byKeys(busy, ['key 200', 'key 202']))
          .andThen(() => tx.usage.history(idOf(200))),
      ),
    'reservations that have run out': () => rig.entitled.expired(AT, 20),
    'a share of a limit that is crossed': () =>
      undone((tx) =>
        tx.usage.crossed({
          accountId: busy,
          featureId: feature,
          windowStart: AT,
          percent: 80,
          limit: 1n,
          at: AT,
        }),
      ),
    'a feature, and whether it is in use': () =>
      rig.entitled.feature('api_calls').andThen(({ id }) => undone((tx) => tx.features.inUse(id))),
    'a page of what a plan includes': () => rig.entitled.planFeatures(planId, { size: 20 }),
    'features of plans': () => rig.entitled.planFeaturesOf([planId, idOf(1), idOf(2)]),
    'what is granted to one': () =>
      undone((tx) =>
        tx.overrides.put(busy, anOverride(busy, feature)).andThen(() => tx.overrides.get(busy, feature)),
      ),
  };

  const few = new Map<string, number>();
  beforeAll(async () => {
    rig = await rigs.open();
    const given = entitling(rig);
    busy = await given.account();
    const plan = await given.plan();
    planId = plan.id;
    feature = (await rig.entitled.feature('api_calls'))._unsafeUnwrap().id;
    await given.included(planId, feature, anAllowance());
    await given.subscribed(busy, plan);
    const creator = await rig.db('users').first('id');
    await settleMany(rig.db, creator.id);
    await use(rig.db, busy, 0, FEW);
    for (const [name, call] of Object.entries(inHand)) few.set(name, (await explained(rig.db, call)).blocks);
    // More than the minute that a statement may take here.
    await use(rig.db, busy, FEW, MANY / 4);
    for (let from = MANY / 4; from < MANY; from += MANY / 4) await use(rig.db, busy, from, from + MANY / 4);
  }, 400_000);
  afterAll(rigs.close);

  it('stand before as many rows as they should', async () => {
    const { rows } = await rig.db.raw('select count(*) from usage_records');
    expect(rows[0].count).toBe(BigInt(MANY));
    const own = await rig.db('usage_records').where({ account_id: busy }).count();
    expect(own[0]?.['count']).toBe(BigInt(MANY / 2));
  });

  it.each(Object.entries(inHand))(
    'touch no more among a million than among ten thousand: %s',
    async (name, call) => {
      const { blocks, through } = await explained(rig.db, call);
      // Who asks for all features reads the catalogue through, and nothing else.
      expect(through).toEqual(name === 'facts of all features' ? ['features'] : []);
      expect(blocks).toBeGreaterThan(0);
      // Indexes of a hundred times the rows have grown by a level.
      expect(blocks).toBeLessThanOrEqual((few.get(name) ?? 0) * 1.5 + 10);
    },
  );
});
