import { errAsync, okAsync } from 'neverthrow';
import type { PlanFeature } from '../../../domain/entitlements/allowance.js';
import type { Feature } from '../../../domain/entitlements/feature.js';
import { pageOf } from '../../../domain/shared/page.js';
import type { EntitlementReaders } from '../../../ports/entitlements/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { keyset } from '../kit/keyset.js';
import { newestWithin } from '../kit/newest-within.js';
import type { MemoryStore } from '../kit/store.js';
import { memoryFacts } from './facts.js';
import {
  byId,
  type PlanFeatureRow,
  type RecordRow,
  type ReservationRow,
  recordOf,
  TABLES,
  withBuiltIn,
} from './rows.js';
import { memoryUsageNumbers } from './usage-numbers.js';

const idOf = ({ id }: { readonly id: string }): string => id;
const featureIdOf = ({ featureId }: PlanFeature): string => featureId;

/** What was put on record, newest first. */
const memoryRecords = (store: MemoryStore): Pick<EntitlementReaders, 'records' | 'recordsWithin'> => ({
  records: (account, { size, after }, featureId) =>
    store
      .read<RecordRow>(TABLES.records)
      .all()
      .map((rows) =>
        pageOf(
          rows
            .filter((row) => row.accountId === account && (after === undefined || row.id < after))
            .filter((row) => featureId === undefined || row.featureId === featureId)
            .sort((a, b) => byId(b, a))
            .slice(0, size + 1)
            .map(recordOf),
          size,
          idOf,
        ),
      ),
  recordsWithin: (account, stretch, page) =>
    store
      .read<RecordRow>(TABLES.records)
      .all()
      .map((rows) =>
        newestWithin(
          rows.filter(({ accountId }) => accountId === account).map(recordOf),
          ({ usedAt, id }) => ({ at: usedAt, id }),
          stretch,
          page,
        ),
      ),
});

/** Committed rows of entitlements. */
export const memoryEntitlementReaders = (store: MemoryStore): EntitlementReaders => {
  const features = () => store.read<Feature>(TABLES.features).all().map(withBuiltIn);
  return {
    ...memoryUsageNumbers(store),
    ...memoryRecords(store),
    // A unit that writes nothing sees one moment and meets nobody.
    facts: (account, at, keys) => store.run((tx) => memoryFacts(tx)(account, at, keys)),
    feature: (named) =>
      features().andThen((all) => {
        const found = all.find(({ id, key }) => id === named || key === named);
        return found === undefined ? errAsync<Feature, NotFound>(NOT_FOUND) : okAsync(found);
      }),
    features: (page) => features().map((all) => keyset(all, page, idOf)),
    planFeaturesOf: (planIds) =>
      store.look((look) => {
        const all = withBuiltIn(look<Feature>(TABLES.features).all());
        const rows = look<PlanFeatureRow>(TABLES.planFeatures).all();
        const of = (planId: string) =>
          all.flatMap((feature) =>
            rows
              .filter((row) => row.planId === planId && row.featureId === feature.id)
              .map((planFeature: PlanFeature) => ({ feature, planFeature })),
          );
        const pairs = [...new Set(planIds)].map((planId) => [planId, of(planId)] as const);
        return new Map(pairs.filter(([, included]) => included.length > 0));
      }),
    planFeatures: (planId, page) =>
      store
        .read<PlanFeatureRow>(TABLES.planFeatures)
        .all()
        .map((rows) =>
          keyset<PlanFeature>(
            rows.filter((row) => row.planId === planId),
            page,
            featureIdOf,
          ),
        ),
    expired: (at, limit) =>
      store
        .read<ReservationRow>(TABLES.reservations)
        .all()
        .map((rows) =>
          rows
            .filter(({ state, expiresAt }) => state === 'held' && at >= expiresAt)
            .sort((a, b) => a.expiresAt - b.expiresAt || byId(a, b))
            .slice(0, limit)
            .map(({ windows: _, ...reservation }) => reservation),
        ),
  };
};
