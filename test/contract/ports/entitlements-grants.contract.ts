import { err, ok, type ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../../src/domain/billing/plan.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { EntitlementsTx } from '../../../src/ports/entitlements/unit-of-work.js';
import { NOT_FOUND } from '../../../src/ports/shared/failure.js';
import { AT, newId } from '../../support/accounts.js';
import { anAllowance, anOverride, aPlanFeature } from '../../support/entitlements.js';
import { meeting } from '../../support/meeting.js';
import { pagesOf } from '../../support/pages.js';
import { outcomes, value } from './accounts.rig.js';
import { type EntitlementsRig, entitling } from './entitlements.rig.js';

export const entitlementsGrantsContract = (name: string, open: () => Promise<EntitlementsRig>) =>
  describe(`What plans and overrides say: ${name}`, () => {
    let rig: EntitlementsRig;
    let given: ReturnType<typeof entitling>;
    let plan: Plan;
    beforeAll(async () => {
      rig = await open();
      given = entitling(rig);
      plan = await given.plan();
    });
    const run = <T, E>(work: (tx: EntitlementsTx) => ResultAsync<T, E>) => rig.entitlements.run(work);

    it('keeps what a plan says of a feature, once for each pair', async () => {
      const [feature, other] = [await given.feature(), await given.feature()];
      const rich = anAllowance({
        limit: 9_007_199_254_740_993n,
        window: 'billing_period',
        soft: true,
        warnPercent: 50,
      });
      const planFeature = await given.included(plan.id, feature.id, rich);
      const bare = { window: 'lifetime', soft: false, warnPercent: 80, granted: false } as const;
      const second = await given.included(plan.id, other.id, bare);
      const found = (id: string) => run((tx) => tx.planFeatures.get(id));
      for (const each of [planFeature, second]) expect(await found(each.id)).toEqual(ok(each));
      expect(await found(newId())).toEqual(err(NOT_FOUND));
      const taken = err({ kind: 'plan_feature_taken' });
      const unknown = err({ kind: 'plan_unknown' });
      const adding = (one: typeof second) => run((tx) => tx.planFeatures.add(one));
      const saving = (one: typeof second) => run((tx) => tx.planFeatures.save(one));
      expect(await adding(aPlanFeature(plan.id, feature.id))).toEqual(taken);
      expect(await adding(aPlanFeature(newId(), feature.id))).toEqual(unknown);
      expect(await saving({ ...second, featureId: feature.id })).toEqual(taken);
      expect(await saving({ ...second, planId: newId() })).toEqual(unknown);
      const moved = {
        ...planFeature,
        planId: (await given.plan()).id,
        allowance: bare,
        updatedAt: plus(AT, 1),
      };
      expect(await saving(moved)).toEqual(ok({ ...moved, version: 2 }));
      expect(await found(moved.id)).toEqual(ok({ ...moved, version: 2 }));
      expect(await saving(moved)).toEqual(err({ kind: 'stale_version', id: moved.id }));
      expect((await saving({ ...second, featureId: feature.id })).isOk()).toBe(true);
    });

    it('lets one of two win who give a plan the same feature at once', async () => {
      const { id } = await given.feature();
      const met = meeting(2);
      const adding = () =>
        run((tx) =>
          tx.features
            .get(id)
            .andThen(() => met())
            .andThen(() => tx.planFeatures.add(aPlanFeature(plan.id, id))),
        );
      expect(await outcomes([adding(), adding()])).toEqual(['ok', 'plan_feature_taken']);
    });

    it('lists what plans include, each in the order of the features', async () => {
      const [one, two, none] = [await given.plan(), await given.plan(), await given.plan()];
      const [first, second] = [await given.feature(), await given.feature()];
      const included = {
        second: await given.included(one.id, second.id, anAllowance()),
        first: await given.included(one.id, first.id, anAllowance({ granted: true, limit: undefined })),
        other: await given.included(two.id, first.id, anAllowance()),
      };
      expect(await rig.entitled.planFeaturesOf([two.id, none.id, one.id, newId()])).toEqual(
        ok(
          new Map([
            [
              one.id,
              [
                { feature: first, planFeature: included.first },
                { feature: second, planFeature: included.second },
              ],
            ],
            [two.id, [{ feature: first, planFeature: included.other }]],
          ]),
        ),
      );
      expect(await rig.entitled.planFeaturesOf([])).toEqual(ok(new Map()));
      const third = await given.included(one.id, (await given.feature()).id, anAllowance());
      const pages = (of: string) => pagesOf((page) => rig.entitled.planFeatures(of, page), 2);
      expect(await pages(one.id)).toEqual([[included.first, included.second], [third]]);
      expect(await pages(none.id)).toEqual([[]]);
    });

    it('keeps one override of an account and a feature, the last that was put', async () => {
      const [account, elsewhere] = [await given.account(), await given.account()];
      const { id } = await given.feature();
      const found = (of: AccountId) => run((tx) => tx.overrides.get(of, id));
      expect(await found(account)).toEqual(ok(undefined));
      const first = await given.overridden(anOverride(account, id, { endsAt: plus(AT, MINUTE) }));
      expect(await found(account)).toEqual(ok(first));
      expect(await found(elsewhere)).toEqual(ok(undefined));
      const bare = { window: 'day', soft: false, warnPercent: 100, granted: true } as const;
      const second = await given.overridden(
        anOverride(account, id, { version: 2, allowance: bare, reason: 'another' }),
      );
      await given.overridden(anOverride(elsewhere, id));
      expect(await found(account)).toEqual(ok(second));
      await value(run((tx) => tx.overrides.remove(account, id)));
      await value(run((tx) => tx.overrides.remove(account, id)));
      expect(await found(account)).toEqual(ok(undefined));
      expect((await value(found(elsewhere)))?.reason).toBe('an agreement');
    });
  });
