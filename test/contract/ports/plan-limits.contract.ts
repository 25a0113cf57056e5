import { err, errAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/domain/billing/plan.js';
import { limitsOf, type PlanLimit } from '../../../src/domain/billing/plan-limits.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, newId } from '../../support/accounts.js';
import { aPlan } from '../../support/billing.js';
import { outcomes, value } from './accounts.rig.js';
import type { EntitlementsRig } from './entitlements.rig.js';

const TRAITS = {
  file_limit: 10,
  file_size_limit_mb: 0,
  ai_prompts_per_day: 30,
  synthetic_rows_per_month: 9_007_199_254_740_991,
};

/** What plans include, written down with them. */
export const planLimitsContract = (name: string, open: () => Promise<EntitlementsRig>) =>
  describe(`PlanLimits: ${name}`, () => {
    let rig: EntitlementsRig;
    beforeAll(async () => {
      rig = await open();
    });
    const limits = (traits: object): readonly (PlanLimit & { readonly id: string })[] =>
      limitsOf('datilio', { ...traits }).map((limit) => ({ ...limit, id: newId() }));
    const make = (plan: Plan, included = limits(TRAITS)) =>
      rig.billing.run((tx) =>
        tx.plans.add(plan).andThen((added) => tx.planLimits.add(added, included).map(() => added)),
      );
    const included = async ({ id }: Plan) => (await value(rig.entitled.planFeaturesOf([id]))).get(id) ?? [];

    it('writes them down as features of the plan: hard, warned about from 80 % on, each in its window', async () => {
      const given = limits(TRAITS);
      const plan = await value(make(aPlan({ catalogue: 'datilio' }), given));
      const rows = await included(plan);
      expect(rows.map(({ feature, planFeature }) => [feature.key, planFeature.allowance])).toEqual([
        ['files', { limit: 10n, window: 'lifetime', soft: false, warnPercent: 80 }],
        ['file_size_mb', { limit: 0n, window: 'lifetime', soft: false, warnPercent: 80 }],
        ['ai_prompts', { limit: 30n, window: 'day', soft: false, warnPercent: 80 }],
        ['ai_tokens', { window: 'day', soft: false, warnPercent: 80 }],
        ['synthetic_rows', { limit: 9_007_199_254_740_991n, window: 'month', soft: false, warnPercent: 80 }],
      ]);
      for (const { feature, planFeature } of rows)
        expect(planFeature).toMatchObject({
          id: given.find((limit) => limit.feature === feature.key)?.id,
          version: 1,
          planId: plan.id,
          createdAt: AT,
        });
    });

    it('writes down none of a unit that answers Err, and nothing where nothing is included', async () => {
      const unborn = aPlan({ catalogue: 'datilio' });
      const undone = await rig.billing.run((tx) =>
        tx.plans
          .add(unborn)
          .andThen((plan) => tx.planLimits.add(plan, limits(TRAITS)))
          .andThen(() => errAsync('changed my mind')),
      );
      expect(undone).toEqual(err('changed my mind'));
      expect(await included(unborn)).toEqual([]);
      const bare = await value(make(aPlan(), []));
      expect(await included(bare)).toEqual([]);
    });

    it('belongs to one of two who make the same plan at once', async () => {
      const plans = [1, 2].map(() => aPlan({ catalogue: 'datilio', name: 'The same' }));
      expect(await outcomes(plans.map((plan) => make(plan)))).toEqual(['ok', 'plan_name_taken']);
      const counts = await Promise.all(plans.map(async (plan) => (await included(plan)).length));
      expect(counts.sort()).toEqual([0, 5]);
    });

    it('knows no feature that nobody counts: that is a defect', async () => {
      const unknown = { id: newId(), feature: 'unknown', window: 'day' } as const;
      const plan = aPlan({ catalogue: 'datilio' });
      await expect(make(plan, [unknown])).rejects.toThrow('not_found');
      expect(await rig.billing.run((tx) => tx.plans.get(plan.sellerId, plan.id))).toEqual(err(NOT_FOUND));
    });
  });
