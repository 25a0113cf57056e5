import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Plan } from '../../../domain/billing/plan.js';
import { PLATFORM } from '../../../domain/billing/seller.js';
import type { PlanFeature } from '../../../domain/entitlements/allowance.js';
import type {
  PlanFeatures,
  PlanFeatureTaken,
  UnknownPlan,
} from '../../../ports/entitlements/unit-of-work.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import { TABLES as BILLING } from '../billing/rows.js';
import type { MemoryTx } from '../kit/store.js';
import { versionedTable } from '../kit/versioned-table.js';
import { idOf } from '../shared/rows.js';
import { cameToUse } from './features.js';
import { TABLES } from './rows.js';

const INDEX = 'plan_features.pair';
const pairOf = ({ planId, featureId }: PlanFeature): string => idOf(planId, featureId);

/** What plans of the platform say of features, on one unit. */
export const memoryPlanFeatures = (tx: MemoryTx): PlanFeatures => {
  const table = versionedTable<PlanFeature>(tx, TABLES.planFeatures);
  const known = (id: string): ResultAsync<void, UnknownPlan> =>
    tx
      .table<Plan>(BILLING.plans)
      .get(id)
      .andThen((plan) =>
        plan?.sellerId === PLATFORM
          ? okAsync(undefined)
          : errAsync<void, UnknownPlan>({ kind: 'plan_unknown' }),
      );
  const claim = (planFeature: PlanFeature): ResultAsync<void, PlanFeatureTaken> =>
    tx
      .claimUnique(INDEX, pairOf(planFeature), planFeature.id)
      .andThen((free) =>
        free ? okAsync(undefined) : errAsync<void, PlanFeatureTaken>({ kind: 'plan_feature_taken' }),
      );
  return {
    get: (id) =>
      table
        .find(id)
        .andThen((row) => (row === undefined ? errAsync<PlanFeature, NotFound>(NOT_FOUND) : okAsync(row))),
    add: (planFeature) =>
      known(planFeature.planId)
        .andThen(() => cameToUse(tx, planFeature.featureId))
        .andThen(() => claim(planFeature))
        .andThen(() => table.insert(planFeature)),
    save: (planFeature) =>
      known(planFeature.planId)
        .andThen(() => cameToUse(tx, planFeature.featureId))
        .andThen(() => table.find(planFeature.id))
        .andThen((before) =>
          before?.version === planFeature.version
            ? tx.releaseUnique(INDEX, pairOf(before))
            : errAsync<void, StaleVersion>({ kind: 'stale_version', id: planFeature.id }),
        )
        .andThen(() => claim(planFeature))
        .andThen(() => table.update(planFeature)),
  };
};
