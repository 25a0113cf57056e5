import { okAsync, type ResultAsync } from 'neverthrow';
import { WARN_PERCENT } from '../../domain/entitlements/allowance.js';
import type { Feature } from '../../domain/entitlements/feature.js';
import type { PlanLimits } from '../../ports/billing/plan-limits.js';
import type { PlanFeatures } from '../../ports/entitlements/unit-of-work.js';
import type { NotFound, Unavailable } from '../../ports/shared/failure.js';

type Parts = {
  /** By its key. */
  readonly feature: (key: string) => ResultAsync<Feature, NotFound | Unavailable>;
  readonly planFeatures: Pick<PlanFeatures, 'add'>;
};

/** The plan was added a moment ago, and the features are built in. */
const known = (failure: { readonly kind: string } | Unavailable): Unavailable => {
  if (failure.kind === 'unavailable' && 'cause' in failure) return failure;
  throw new Error(`impossible: ${failure.kind}`);
};

/** What plans include, as plan features of entitlements, in the unit of the caller. */
export const planLimitsOn = ({ feature, planFeatures }: Parts): PlanLimits => ({
  add: (plan, limits) =>
    limits.reduce<ResultAsync<void, Unavailable>>(
      (added, { id, feature: key, limit, window }) =>
        added.andThen(() =>
          feature(key)
            .andThen(({ id: featureId }) =>
              planFeatures.add({
                id,
                version: 1,
                planId: plan.id,
                featureId,
                allowance: { limit, window, soft: false, warnPercent: WARN_PERCENT },
                createdAt: plan.createdAt,
                updatedAt: plan.updatedAt,
              }),
            )
            .mapErr(known),
        ),
      okAsync(undefined),
    ),
});
