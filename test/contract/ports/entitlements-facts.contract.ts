import { beforeAll, describe, expect, it } from 'vitest';
import type { SubscriptionStatus } from '../../../src/domain/billing/subscription.js';
import type { WorkspaceSetting, WorkspaceSubscription } from '../../../src/domain/entitlements/lifecycle.js';
import { lifecycleOf } from '../../../src/domain/entitlements/posture.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { DAY, HOUR, plus } from '../../../src/domain/shared/time.js';
import { AT, newId } from '../../support/accounts.js';
import { aPrice } from '../../support/billing.js';
import { anAllowance, anOverride } from '../../support/entitlements.js';
import { value } from './accounts.rig.js';
import { asking, type EntitlementsRig, entitling } from './entitlements.rig.js';

const NONE = { used: 0n, reserved: 0n };
const NOTHING = { day: NONE, month: NONE, billing_period: NONE, lifetime: NONE };
const PERIOD = { start: plus(AT, -20 * DAY), end: plus(AT, 10 * DAY) };
const SUBSCRIPTION: WorkspaceSubscription = {
  version: 3,
  state: 'past_due',
  billingReference: 'a reference',
  statusReason: 'a card that expired',
  trialEndsAt: plus(AT, -30 * DAY),
  periodStartsAt: PERIOD.start,
  periodEndsAt: PERIOD.end,
  since: plus(AT, -DAY),
  changedAt: plus(AT, -HOUR),
  changedBy: newId(),
};
const SETTING: WorkspaceSetting = {
  version: 1,
  state: 'suspended_read_only',
  reason: 'a reason',
  changedAt: AT,
  changedBy: newId(),
};

export const entitlementsFactsContract = (name: string, open: () => Promise<EntitlementsRig>) =>
  describe(`Facts: ${name}`, () => {
    let rig: EntitlementsRig;
    let given: ReturnType<typeof entitling>;
    let facts: ReturnType<typeof asking>;
    beforeAll(async () => {
      rig = await open();
      [given, facts] = [entitling(rig), asking(rig)];
    });
    const settle = async () => {
      const [account, feature, plan] = [await given.account(), await given.feature(), await given.plan()];
      return { account, feature, plan };
    };

    it('knows of an account without anything all features, in their order, and nothing of them', async () => {
      const { account, feature } = await settle();
      const all = await value(rig.facts(account, AT));
      expect(all).toMatchObject({
        accountId: account,
        asOf: AT,
        lifecycle: lifecycleOf(undefined, undefined, AT),
      });
      expect([all.plan, all.period]).toEqual([undefined, undefined]);
      const { items } = await value(rig.entitled.features({ size: 1_000 }));
      expect([...all.features.values()]).toEqual(
        items.map((each) => ({ feature: each, held: 0n, counts: NOTHING })),
      );
      expect([...all.features.keys()]).toEqual(items.map(({ key }) => key));
      const some = await value(rig.facts(account, AT, [feature.key, 'buckets', 'nothing of that name']));
      expect([...some.features.keys()]).toEqual(['buckets', feature.key]);
      const none = await value(rig.facts(account, AT, []));
      expect(none).toEqual({ ...all, features: new Map() });
    });

    it('tells what the plan of the live subscription says', async () => {
      const { account, feature, plan } = await settle();
      const allowance = anAllowance({ limit: 9_007_199_254_740_993n, soft: true, window: 'billing_period' });
      await given.included(plan.id, feature.id, allowance);
      const elsewhere = await given.plan();
      await given.included(elsewhere.id, feature.id, anAllowance({ granted: true, limit: undefined }));
      await given.subscribed(account, elsewhere, { status: 'ended', startedAt: plus(AT, DAY) });
      expect(await facts(account, feature)).toMatchObject({ planned: undefined, plan: undefined });
      await given.subscribed(account, plan, { period: PERIOD });
      expect(await facts(account, feature)).toMatchObject({
        plan: { id: plan.id, name: plan.name },
        period: PERIOD,
        planned: allowance,
      });
      expect((await facts(account, await given.feature())).planned).toBeUndefined();
      expect((await facts(await given.account(), feature)).plan).toBeUndefined();
    });

    it.each<[SubscriptionStatus, boolean]>([
      ['pending', false],
      ['trialing', true],
      ['past_due', true],
      ['paused', true],
      ['on_hold', true],
      ['ended', false],
    ])('sees a plan of a subscription that is %s: %s', async (status, seen) => {
      const { account, feature, plan } = await settle();
      const allowance = anAllowance({ granted: true, limit: undefined });
      await given.included(plan.id, feature.id, allowance);
      await given.subscribed(account, plan, { status });
      expect((await facts(account, feature)).planned).toEqual(seen ? allowance : undefined);
    });

    it('knows the period of a price that only the processor knows, and the plan of one that is sold no more', async () => {
      const { account, feature } = await settle();
      await given.subscribed(account, undefined, { period: PERIOD });
      expect(await facts(account, feature)).toMatchObject({ plan: undefined, period: PERIOD });
      const plan = await given.plan({ prices: [aPrice({ active: false })] });
      const other = await given.account();
      await given.subscribed(other, plan);
      expect((await facts(other, feature)).plan?.id).toBe(plan.id);
    });

    it('tells of an override beside the plan, until the moment it ends', async () => {
      const { account, feature, plan } = await settle();
      const planned = anAllowance();
      await given.included(plan.id, feature.id, planned);
      await given.subscribed(account, plan);
      const endsAt = plus(AT, HOUR);
      const { allowance: overridden } = await given.overridden(anOverride(account, feature.id, { endsAt }));
      expect(await facts(account, feature, plus(endsAt, -1))).toMatchObject({ planned, overridden });
      expect(await facts(account, feature, endsAt)).toMatchObject({ planned, overridden: undefined });
      await given.overridden(anOverride(account, feature.id));
      expect(await facts(account, feature, plus(AT, 400 * DAY))).toMatchObject({ overridden });
      const unlimited = { window: 'day', soft: false, warnPercent: 90, granted: false } as const;
      await given.overridden(anOverride(account, feature.id, { allowance: unlimited }));
      expect((await facts(account, feature)).overridden).toEqual(unlimited);
      expect((await facts(await given.account(), feature)).overridden).toBeUndefined();
    });

    it('tells the lifecycle from the record, else from the setting', async () => {
      const [both, set] = [await given.account(), await given.account()];
      const feature = await given.feature();
      await rig.assert(both, SUBSCRIPTION);
      for (const account of [both, set]) await rig.set(account, SETTING);
      const told = async (account: AccountId) => (await facts(account, feature)).lifecycle;
      expect(await told(both)).toEqual(lifecycleOf(SUBSCRIPTION, SETTING, AT));
      expect(await told(set)).toEqual(lifecycleOf(undefined, SETTING, AT));
      const bare = {
        version: 1,
        state: 'trial',
        statusReason: 'new',
        since: AT,
        changedAt: AT,
        changedBy: 'x',
      } as const;
      const trial = await given.account();
      await rig.assert(trial, bare);
      expect(await told(trial)).toEqual(lifecycleOf(bare, undefined, AT));
    });

    it('tells what is held of what is counted where it is made, and of what is stored', async () => {
      const [account, elsewhere] = [await given.account(), await given.account()];
      const heldOf = async (key: string) => (await facts(account, { key })).held;
      await rig.hold(account, 'buckets', 3);
      await rig.hold(elsewhere, 'buckets', 5);
      const stored = (of: AccountId, bucketId: string, bytes: number, objects: number) => ({
        ...{ accountId: of, bucketId, at: AT },
        added: { bytes, objects },
        freed: { bytes: 0, objects: 0 },
      });
      const [large, empty, gone] = [newId(), newId(), newId()];
      await value(
        rig.meter.add([
          stored(account, large, 9_007_199_254_740_000, 7),
          stored(account, empty, 0, 4),
          stored(account, gone, 50, 5),
          stored(elsewhere, newId(), 60, 6),
        ]),
      );
      await value(rig.meter.end({ accountId: account, bucketId: gone }, AT));
      expect(await heldOf('buckets')).toBe(3n);
      expect(await heldOf('members')).toBe(0n);
      expect(await heldOf('storage_bytes')).toBe(9_007_199_254_740_000n);
      expect(await heldOf('objects')).toBe(11n);
      expect(await heldOf('api_calls')).toBe(0n);
    });
  });
