import { err, errAsync, ok, type Result, type ResultAsync, safeTry } from 'neverthrow';
import type { PlanFeature } from '../../domain/entitlements/allowance.js';
import { type AllowanceFields, allowanceFor } from '../../domain/entitlements/allowance-fields.js';
import type { Feature } from '../../domain/entitlements/feature.js';
import { isUuid } from '../../domain/shared/ids.js';
import type { EntitlementsTx, UnknownPlan } from '../../ports/entitlements/unit-of-work.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import { impossible } from '../shared/impossible.js';
import { claim } from '../shared/once.js';
import { type Actor, byAdmin } from './actor.js';
import type { EntitlementsDeps } from './deps.js';
import { FEATURE_UNKNOWN, type FeatureUnknown } from './failures.js';
import { toldAllowance } from './told.js';

export type NewPlanFeature = AllowanceFields & { readonly planId: string; readonly featureId: string };
/** What is given changes. */
export type PlanFeatureChanges = AllowanceFields & {
  readonly planId?: string | undefined;
  readonly featureId?: string | undefined;
};

type Deps = Pick<EntitlementsDeps, 'ids' | 'entitlements' | 'settings'>;

const featureIn = (tx: EntitlementsTx, id: string): ResultAsync<Feature, FeatureUnknown | Unavailable> =>
  isUuid(id)
    ? tx.features.get(id).mapErr((failure) => (failure.kind === 'not_found' ? FEATURE_UNKNOWN : failure))
    : errAsync(FEATURE_UNKNOWN);

const PLAN_UNKNOWN: UnknownPlan = { kind: 'plan_unknown' };
/** An id that no plan can have names none. */
const planNamed = (id: string): Result<string, UnknownPlan> => (isUuid(id) ? ok(id) : err(PLAN_UNKNOWN));

const toldOf = ({ planId, allowance }: PlanFeature, { key }: Feature) => ({
  plan_id: planId,
  feature: key,
  ...toldAllowance(allowance),
});
type ToldOf = ReturnType<typeof toldOf>;

const written = (
  tx: EntitlementsTx,
  { settings }: Deps,
  actor: Actor,
  planFeature: PlanFeature,
  data: { readonly before?: ToldOf; readonly after: ToldOf },
) =>
  tx.events
    .append({
      stream: planFeature.id,
      seq: planFeature.version,
      type: data.before ? 'plan_feature.updated' : 'plan_feature.created',
      accountId: settings.platform,
      data: data.after,
      at: planFeature.updatedAt,
    })
    .andThen(() =>
      tx.audit.record(
        byAdmin(actor, {
          accountId: settings.platform,
          action: data.before ? 'plan_feature.update' : 'plan_feature.create',
          target: planFeature.id,
          data,
        }),
      ),
    );

/** From now on the plan includes the feature, for whoever is on it. */
export const createPlanFeature = (deps: Deps) => (wanted: NewPlanFeature, actor: Actor, once?: Once) => {
  const id = deps.ids.next();
  return deps.entitlements.run((tx) =>
    safeTry(async function* () {
      const before = yield* claim(tx, once, { ids: { planFeature: id } });
      if (before) return tx.planFeatures.get(before.ids['planFeature'] ?? '').mapErr(impossible('not_found'));
      const feature = yield* featureIn(tx, wanted.featureId);
      const planFeature: PlanFeature = {
        id,
        version: 1,
        planId: yield* planNamed(wanted.planId),
        featureId: feature.id,
        allowance: yield* allowanceFor(feature, wanted),
        createdAt: actor.at,
        updatedAt: actor.at,
      };
      yield* tx.planFeatures.add(planFeature);
      yield* written(tx, deps, actor, planFeature, { after: toldOf(planFeature, feature) });
      return ok(planFeature);
    }),
  );
};

const sameKind = (a: Feature, b: Feature): boolean => a.kind === b.kind && a.held === b.held;

/** Whoever is on the plan has it so from now on. A feature of another kind begins with nothing of the one before. */
export const updatePlanFeature = (deps: Deps) => (id: string, changes: PlanFeatureChanges, actor: Actor) =>
  deps.entitlements.run((tx) =>
    safeTry(async function* () {
      const before = yield* tx.planFeatures.get(id);
      const had = yield* tx.features.get(before.featureId).mapErr(impossible('not_found'));
      const feature = yield* featureIn(tx, changes.featureId ?? before.featureId);
      const kept = sameKind(had, feature) ? before.allowance : undefined;
      const saved = yield* tx.planFeatures.save({
        ...before,
        planId: yield* planNamed(changes.planId ?? before.planId),
        featureId: feature.id,
        allowance: yield* allowanceFor(feature, changes, kept),
        updatedAt: actor.at,
      });
      yield* written(tx, deps, actor, saved, {
        before: toldOf(before, had),
        after: toldOf(saved, feature),
      });
      return ok(saved);
    }),
  );
