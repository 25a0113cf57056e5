import type { Knex } from 'knex';
import { PLATFORM } from '../../../domain/billing/seller.js';
import type { PlanFeature } from '../../../domain/entitlements/allowance.js';
import type { Feature } from '../../../domain/entitlements/feature.js';
import { isUuid } from '../../../domain/shared/ids.js';
import { pageOf } from '../../../domain/shared/page.js';
import { iso } from '../../../domain/shared/time.js';
import type { EntitlementReaders } from '../../../ports/entitlements/unit-of-work.js';
import { columnsOf, rowOf } from '../kit/joined.js';
import { keyset } from '../kit/keyset.js';
import { newestWithin } from '../kit/newest-within.js';
import { query } from '../kit/query.js';
import { knexFacts } from './facts.js';
import { FEATURE_COLUMNS, featureBy, featureOf } from './features.js';
import { PLAN_FEATURE_COLUMNS, planFeatureOf } from './plan-features.js';
import { recordOf } from './records.js';
import { reservationOf } from './usage.js';
import { knexUsageNumbers } from './usage-numbers.js';

const idOf = ({ id }: { readonly id: string }): string => id;
const featureIdOf = ({ featureId }: PlanFeature): string => featureId;

type Included = { readonly feature: Feature; readonly planFeature: PlanFeature };
type Joined = Readonly<Record<string, unknown>>;

const includedIn = (row: Joined): Included => ({
  feature: featureOf(rowOf('f', FEATURE_COLUMNS, row)),
  planFeature: planFeatureOf(rowOf('pf', PLAN_FEATURE_COLUMNS, row)),
});

const byPlan = (all: readonly Included[]): ReadonlyMap<string, readonly Included[]> => {
  const plans = new Map<string, Included[]>();
  for (const one of all) {
    const { planId } = one.planFeature;
    plans.set(planId, [...(plans.get(planId) ?? []), one]);
  }
  return plans;
};

/** Plain SQL with a name: it comes with every list of plans, and each connection plans it once. */
const OF_PLANS = `
  select ${[...columnsOf('f', FEATURE_COLUMNS), ...columnsOf('pf', PLAN_FEATURE_COLUMNS)].join(', ')}
    from plan_features pf
    join features f on f.id = pf.feature_id
   where pf.seller_id = '${PLATFORM}' and pf.plan_id = any(:plans::uuid[])
   order by f.id`;

/** Committed rows of entitlements. */
export const knexEntitlementReaders = (db: Knex): EntitlementReaders => ({
  ...knexUsageNumbers(db),
  facts: knexFacts(db),
  feature: (named) => featureBy(db, isUuid(named) ? { id: named } : { key: named }),
  features: (page) =>
    query(() => db('features').modify(keyset('id', page))).map((rows: unknown[]) =>
      pageOf(rows.map(featureOf), page.size, idOf),
    ),
  planFeaturesOf: (planIds) =>
    query(() =>
      db
        .raw<{ readonly rows: readonly Joined[] }>(OF_PLANS, { plans: [...planIds] })
        .options({ name: 'features of plans' }),
    ).map(({ rows }) => byPlan(rows.map(includedIn))),
  planFeatures: (planId, page) =>
    query(() =>
      db('plan_features').where({ seller_id: PLATFORM, plan_id: planId }).modify(keyset('feature_id', page)),
    ).map((rows: unknown[]) => pageOf(rows.map(planFeatureOf), page.size, featureIdOf)),
  records: (account, { size, after }, featureId) =>
    query(() => {
      const rows = db('usage_records').where({ account_id: account });
      if (featureId !== undefined) void rows.where({ feature_id: featureId });
      if (after !== undefined) void rows.where('id', '<', after);
      return rows.orderBy('id', 'desc').limit(size + 1);
    }).map((rows: unknown[]) => pageOf(rows.map(recordOf), size, idOf)),
  recordsWithin: (account, stretch, page) =>
    query(() =>
      db('usage_records')
        .where({ account_id: account })
        .modify(newestWithin('used_at', stretch, page)),
    ).map((rows: unknown[]) =>
      pageOf(rows.map(recordOf), page.size, ({ usedAt, id }) => ({ at: usedAt, id })),
    ),
  expired: (at, limit) =>
    query(() =>
      db('usage_reservations')
        .whereRaw("state = 'held'")
        .where('expires_at', '<=', iso(at))
        .orderBy(['expires_at', 'id'])
        .limit(limit),
    ).map((rows: unknown[]) => rows.map(reservationOf)),
});
