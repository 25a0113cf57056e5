import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { PLATFORM } from '../../../domain/billing/seller.js';
import type { PlanFeature } from '../../../domain/entitlements/allowance.js';
import { iso } from '../../../domain/shared/time.js';
import type {
  PlanFeatures,
  PlanFeatureTaken,
  UnknownPlan,
} from '../../../ports/entitlements/unit-of-work.js';
import {
  NOT_FOUND,
  type NotFound,
  type StaleVersion,
  type Unavailable,
} from '../../../ports/shared/failure.js';
import { query, queryOr, UNIQUE_VIOLATION } from '../kit/query.js';
import { timestamptz } from '../kit/rows.js';
import { ALLOWANCE_SHAPE, allowanceOf, allowanceRow } from './allowances.js';
import { cameToUse } from './features.js';

const Row = z.object({
  id: z.string(),
  version: z.number(),
  plan_id: z.string(),
  feature_id: z.string(),
  ...ALLOWANCE_SHAPE,
  created_at: timestamptz,
  updated_at: timestamptz,
});

export const PLAN_FEATURE_COLUMNS = Object.keys(Row.shape);

/** A row of `plan_features` as the domain sees it. */
export const planFeatureOf = (row: unknown): PlanFeature => {
  const r = Row.parse(row);
  return {
    id: r.id,
    version: r.version,
    planId: r.plan_id,
    featureId: r.feature_id,
    allowance: allowanceOf(r),
    createdAt: r.created_at,
    updatedAt: r.updated_at,
  };
};

const toRow = (planFeature: PlanFeature) => ({
  id: planFeature.id,
  version: planFeature.version,
  seller_id: PLATFORM,
  plan_id: planFeature.planId,
  feature_id: planFeature.featureId,
  ...allowanceRow(planFeature.allowance),
  created_at: iso(planFeature.createdAt),
  updated_at: iso(planFeature.updatedAt),
});

const TAKEN: PlanFeatureTaken = { kind: 'plan_feature_taken' };

/** What plans of the platform say of features, on one transaction. */
export const knexPlanFeatures = (trx: Knex): PlanFeatures => {
  /** Plans are never deleted: one that is there stays. */
  const known = (id: string): ResultAsync<void, UnknownPlan | Unavailable> =>
    query(() => trx('plans').where({ seller_id: PLATFORM, id }).first('id')).andThen((row) =>
      row === undefined ? errAsync<void, UnknownPlan>({ kind: 'plan_unknown' }) : okAsync(undefined),
    );
  return {
    get: (id) =>
      query(() => trx('plan_features').where({ id }).first()).andThen((row) =>
        row === undefined ? errAsync<PlanFeature, NotFound>(NOT_FOUND) : okAsync(planFeatureOf(row)),
      ),
    // Another one that has come since this unit began is a serialization conflict: the unit runs again and sees it.
    add: (planFeature) =>
      known(planFeature.planId)
        .andThen(() => cameToUse(trx, planFeature.featureId))
        .andThen(() =>
          query(() =>
            trx('plan_features')
              .insert(toRow(planFeature))
              .onConflict(['seller_id', 'plan_id', 'feature_id'])
              .ignore()
              .returning('id'),
          ),
        )
        .andThen((added: readonly unknown[]) =>
          added.length === 0 ? errAsync<void, PlanFeatureTaken>(TAKEN) : okAsync(undefined),
        ),
    save: (planFeature) =>
      known(planFeature.planId)
        .andThen(() => cameToUse(trx, planFeature.featureId))
        .andThen(() =>
          queryOr(UNIQUE_VIOLATION, TAKEN, () =>
            trx('plan_features')
              .where({ id: planFeature.id, version: planFeature.version })
              .update({ ...toRow(planFeature), version: planFeature.version + 1 })
              .returning('*'),
          ),
        )
        .andThen(([row]) =>
          row === undefined
            ? errAsync<PlanFeature, StaleVersion>({ kind: 'stale_version', id: planFeature.id })
            : okAsync(planFeatureOf(row)),
        ),
  };
};
