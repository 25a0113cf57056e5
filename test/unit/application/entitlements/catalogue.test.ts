import { beforeEach, describe, expect, it } from 'vitest';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import { DAY, plus } from '../../../../src/domain/shared/time.js';
import { newAccountId, newId } from '../../../support/accounts.js';
import { allowed, aPlanOf } from '../../../support/entitled.js';
import { ADMIN, failure, insider, NOW, once, type Stage, stage, value } from './stage.js';

let on: Stage;
beforeEach(() => {
  on = stage();
});

const CALLS = { name: 'Model calls', isBinary: false, isUsage: true, unit: 'call', highlight: true };
const SEATS = { name: 'Priority support', isBinary: true, isUsage: false, highlight: false };

describe('features', () => {
  it('have a key that stays, and each change leaves an event and what it was before', async () => {
    const made = await value(on.app.createFeature(CALLS, ADMIN));
    expect(made).toMatchObject({ key: 'model_calls', kind: 'metered', unit: 'call', version: 1 });
    const renamed = await value(
      on.app.updateFeature(made.id, { name: 'Calls', unit: '', highlight: false }, ADMIN),
    );
    expect(renamed).toMatchObject({ key: 'model_calls', name: 'Calls', unit: undefined, version: 2 });
    expect((await on.events()).map(({ stream, seq, type }) => [stream, seq, type])).toEqual([
      [made.id, 1, 'feature.created'],
      [made.id, 2, 'feature.updated'],
    ]);
    const [, update] = await on.audit();
    expect(update).toMatchObject({
      accountId: PLATFORM,
      actor: { kind: 'platform_admin', id: ADMIN.userId },
      action: 'feature.update',
      target: made.id,
      network: '203.0.113.0/24',
      data: {
        before: { name: 'Model calls', unit: 'call', highlight: true },
        after: { name: 'Calls', unit: null, highlight: false },
      },
    });
  });

  it('are made once by one key, and no two have one name', async () => {
    const key = once();
    const made = await value(on.app.createFeature(CALLS, ADMIN, key));
    expect(await value(on.app.createFeature(CALLS, ADMIN, key))).toEqual(made);
    expect(await failure(on.app.createFeature(CALLS, ADMIN))).toEqual({ kind: 'feature_name_taken' });
    expect(await failure(on.app.createFeature({ ...CALLS, name: 'Buckets' }, ADMIN))).toEqual({
      kind: 'feature_name_taken',
    });
  });

  it('are either had or counted, both and neither refused by the name of the flag', async () => {
    const flags = (isBinary: boolean, isUsage: boolean) =>
      failure(on.app.createFeature({ ...CALLS, isBinary, isUsage }, ADMIN));
    expect(await flags(true, true)).toMatchObject({ kind: 'invalid_flags', field: 'is_usage_based' });
    expect(await flags(false, false)).toMatchObject({ kind: 'invalid_flags', field: 'is_binary_based' });
    const made = await value(on.app.createFeature(CALLS, ADMIN));
    expect(await failure(on.app.updateFeature(made.id, { isBinary: true }, ADMIN))).toMatchObject({
      kind: 'invalid_flags',
    });
  });

  it('change their kind only while nobody has them, and never where the server enforces them', async () => {
    const toBoolean = { isBinary: true, isUsage: false };
    const free = await value(on.app.createFeature(CALLS, ADMIN));
    expect(await value(on.app.updateFeature(free.id, toBoolean, ADMIN))).toMatchObject({ kind: 'boolean' });
    const taken = await value(on.app.createFeature({ ...CALLS, name: 'Exports' }, ADMIN));
    const account = await on.account();
    await value(on.app.setOverride(account, taken.key, { usageLimit: 1n, reason: 'a trial' }, ADMIN));
    expect(await failure(on.app.updateFeature(taken.id, toBoolean, ADMIN))).toEqual({
      kind: 'feature_in_use',
    });
    const own = await value(on.readers.feature('tokens_issued'));
    expect(await failure(on.app.updateFeature(own.id, toBoolean, ADMIN))).toEqual({ kind: 'feature_in_use' });
    const size = await value(on.readers.feature('file_size_mb'));
    expect(await value(on.app.updateFeature(size.id, { name: 'Largest file' }, ADMIN))).toMatchObject({
      kind: 'static',
      name: 'Largest file',
    });
    expect(await failure(on.app.updateFeature(newId(), {}, ADMIN))).toEqual({ kind: 'not_found' });
  });
});

describe('features of plans', () => {
  const planned = async () => {
    const plan = await aPlanOf(on.units, {});
    const feature = await value(on.app.createFeature(CALLS, ADMIN));
    return { planId: plan.id, featureId: feature.id };
  };

  it('say what whoever is on the plan may have, from now on', async () => {
    const pair = await planned();
    const made = await value(on.app.createPlanFeature({ ...pair, usageLimit: 10n }, ADMIN));
    const changes = { usageLimit: null, window: 'day', soft: true, warnPercent: 50 } as const;
    const changed = await value(on.app.updatePlanFeature(made.id, changes, ADMIN));
    expect(changed).toMatchObject({ version: 2, allowance: { limit: undefined, window: 'day', soft: true } });
    const of = await value(on.app.planFeaturesOf([pair.planId]));
    expect(of.get(pair.planId)?.map(({ planFeature }) => planFeature)).toEqual([changed]);
    expect((await on.audit()).at(-1)).toMatchObject({
      action: 'plan_feature.update',
      data: {
        before: { feature: 'model_calls', limit: 10, window: 'billing_period', warn_percent: 80 },
        after: { feature: 'model_calls', limit: null, window: 'day', soft: true, warn_percent: 50 },
      },
    });
    expect((await on.events()).at(-1)).toMatchObject({
      stream: made.id,
      seq: 2,
      type: 'plan_feature.updated',
    });
  });

  it('can be moved to another feature, of which nothing is known from the one before', async () => {
    const pair = await planned();
    const made = await value(on.app.createPlanFeature({ ...pair, usageLimit: 10n }, ADMIN));
    const { id: featureId } = await value(on.app.createFeature(SEATS, ADMIN));
    expect(await failure(on.app.updatePlanFeature(made.id, { featureId }, ADMIN))).toMatchObject({
      kind: 'value_not_fitting',
      field: 'binary_value',
    });
    const moved = await value(on.app.updatePlanFeature(made.id, { featureId, binaryValue: 1 }, ADMIN));
    expect(moved).toMatchObject({ featureId, allowance: { granted: true } });
    expect(moved.allowance.limit).toBeUndefined();
  });

  it('are refused for what is not there, is there already, or does not suit the feature', async () => {
    const pair = await planned();
    const key = once();
    const made = await value(on.app.createPlanFeature(pair, ADMIN, key));
    expect(await value(on.app.createPlanFeature(pair, ADMIN, key))).toEqual(made);
    const kindOf = async (over: object) =>
      (await failure(on.app.createPlanFeature({ ...pair, ...over }, ADMIN))).kind;
    expect(await kindOf({})).toBe('plan_feature_taken');
    expect(await kindOf({ planId: newId() })).toBe('plan_unknown');
    expect(await kindOf({ planId: 'no id' })).toBe('plan_unknown');
    expect(await kindOf({ featureId: newId() })).toBe('feature_unknown');
    expect(await kindOf({ featureId: 'no id' })).toBe('feature_unknown');
    expect(await kindOf({ binaryValue: 1 })).toBe('value_not_fitting');
    expect(await failure(on.app.updatePlanFeature(newId(), {}, ADMIN))).toEqual({ kind: 'not_found' });
  });
});

describe('overrides', () => {
  const limitOf = async (account: ReturnType<typeof newAccountId>) => {
    const { limit, source } = await value(
      on.app.decideNow(account, { feature: 'files', amount: 1 }, on.clock.now()),
    );
    return [source, limit];
  };

  it('go before the plan until they end or are taken away', async () => {
    const account = await on.onPlan({ files: allowed(5) });
    const endsAt = plus(NOW, DAY);
    await value(on.app.setOverride(account, 'files', { usageLimit: 9n, reason: 'a trial', endsAt }, ADMIN));
    expect(await limitOf(account)).toEqual(['override', 9n]);
    on.clock.set(endsAt);
    expect(await limitOf(account)).toEqual(['plan', 5n]);
    await value(on.app.setOverride(account, 'files', { usageLimit: 7n, reason: 'a promise' }, ADMIN));
    expect(await limitOf(account)).toEqual(['override', 7n]);
    await value(on.app.removeOverride(account, 'files', ADMIN));
    expect(await limitOf(account)).toEqual(['plan', 5n]);
    expect((await on.audit()).map(({ action, data }) => [action, data])).toMatchObject([
      ['override.set', { feature: 'files', before: null, after: { limit: 9, reason: 'a trial' } }],
      ['override.set', { before: { limit: 9, reason: 'a trial' }, after: { limit: 7, reason: 'a promise' } }],
      ['override.remove', { before: { limit: 7 }, after: null }],
    ]);
    expect((await on.events()).map(({ type }) => type)).toEqual([
      'entitlement.overridden',
      'entitlement.overridden',
      'entitlement.override_removed',
    ]);
  });

  const said = async (account: ReturnType<typeof newAccountId>, named: string, wanted: object) =>
    (await value(on.app.setOverride(account, named, { ...wanted, reason: 'why' }, ADMIN))).allowance;

  it('leave what they do not name as the override, the plan or the settings have it, in that order', async () => {
    const a = await on.onPlan({ ai_prompts: allowed(10, { window: 'day', soft: true, warnPercent: 50 }) });
    const planned = { window: 'day', soft: true, warnPercent: 50 };
    expect(await said(a, 'ai_prompts', { usageLimit: 20n })).toEqual({ ...planned, limit: 20n });
    expect(await said(a, 'ai_prompts', { usageLimit: 30n, window: 'month', soft: false })).toMatchObject({
      window: 'month',
      soft: false,
    });
    const before = { window: 'month', soft: false, warnPercent: 50 };
    expect(await said(a, 'ai_prompts', { usageLimit: null })).toMatchObject({ ...before, limit: undefined });
    expect(await said(a, 'ai_prompts', { usageLimit: 5n, endsAt: plus(NOW, DAY) })).toMatchObject(before);
    on.clock.set(plus(NOW, DAY));
    const later = { ...ADMIN, at: plus(NOW, DAY) };
    const anew = on.app.setOverride(a, 'ai_prompts', { usageLimit: 7n, reason: 'over' }, later);
    expect((await value(anew)).allowance).toEqual({ ...planned, limit: 7n });
    expect(await said(a, 'buckets', { usageLimit: 9n, warnPercent: 90 })).toMatchObject({
      window: 'lifetime',
    });
    expect(await said(a, 'files', { usageLimit: 1n })).toMatchObject({ window: 'billing_period' });
  });

  it('say how much, or that there is no limit, or whether it is granted: nothing of that is left as it was', async () => {
    const account = await on.onPlan({ files: allowed(5), paid_instances: allowed(null, { granted: true }) });
    const refused = (named: string, wanted: object) =>
      failure(on.app.setOverride(account, named, { ...wanted, reason: 'why' }, ADMIN));
    expect(await refused('files', { window: 'day' })).toMatchObject({ field: 'usage_limit' });
    expect(await refused('file_size_mb', {})).toMatchObject({ field: 'usage_limit' });
    expect(await refused('paid_instances', {})).toMatchObject({ field: 'binary_value' });
    expect(await on.events()).toEqual([]);
  });

  it('tell at once that what is used has come to a share of the new limit, each limit once in a window', async () => {
    const account = await on.onPlan({ files: allowed(100) });
    await value(
      on.app.recordUsage({ accountId: account, feature: 'files', value: 20, key: '1' }, insider(account)),
    );
    const told = async () =>
      (await on.events())
        .filter(({ type }) => type !== 'entitlement.overridden' && type !== 'entitlement.override_removed')
        .map(({ type, data }) => `${type} ${data['used']}/${data['limit']}`);
    await said(account, 'files', { usageLimit: 25n });
    expect(await told()).toEqual(['entitlement.warned 20/25']);
    await said(account, 'files', { usageLimit: 20n });
    await said(account, 'files', { usageLimit: 25n });
    const lowered = ['entitlement.warned 20/20', 'entitlement.reached 20/20'];
    expect((await told()).slice(1)).toEqual(lowered);
    await value(
      on.app.recordUsage({ accountId: account, feature: 'files', value: 60, key: '2' }, insider(account)),
    );
    await value(on.app.removeOverride(account, 'files', ADMIN));
    expect((await told()).slice(3)).toEqual(['entitlement.reached 80/25', 'entitlement.warned 80/100']);
    await said(account, 'buckets', { usageLimit: 0n });
    expect(await told()).toHaveLength(5);
  });

  it('are refused for unknown accounts and features, and for ends that are past', async () => {
    const account = await on.account();
    const set = async (id: typeof account, feature: string, over: object = {}) =>
      await failure(on.app.setOverride(id, feature, { usageLimit: 1n, reason: 'why', ...over }, ADMIN));
    expect(await set(newAccountId(), 'files')).toEqual({ kind: 'not_found' });
    expect(await set(account, 'no_such')).toMatchObject({ kind: 'feature_unknown' });
    expect(await set(account, newId())).toMatchObject({ kind: 'feature_unknown' });
    expect(await set(account, 'files', { endsAt: NOW })).toMatchObject({ field: 'ends_at' });
    expect(await set(account, 'files', { binaryValue: 1 })).toMatchObject({ field: 'binary_value' });
    expect(await failure(on.app.removeOverride(account, 'files', ADMIN))).toEqual({ kind: 'not_found' });
    expect(await on.events()).toEqual([]);
  });
});

describe('what an account may have', () => {
  it('is told of each feature, from the plan and the operator’s settings, as of when it was asked', async () => {
    const account = await on.onPlan({ files: allowed(5), ai_prompts: allowed(null, { window: 'day' }) });
    await value(
      on.app.recordUsage({ accountId: account, feature: 'files', value: 4, key: '1' }, insider(account)),
    );
    const all = await value(on.app.entitlementsOf(account, NOW));
    expect(all.asOf).toBe(NOW);
    expect(all.plan?.name).toMatch(/^Plan /);
    expect(all.decisions.map(({ feature }) => feature)).toEqual(all.features.map(({ key }) => key));
    const of = (key: string) => all.decisions.find(({ feature }) => feature === key);
    expect(of('files')).toMatchObject({ outcome: 'warn', reason: 'near_limit', used: 4n, remaining: 1n });
    expect(of('ai_prompts')).toMatchObject({ outcome: 'allow', reason: 'unlimited' });
    expect(of('buckets')).toMatchObject({ outcome: 'allow', source: 'default', limit: 3n });
    expect(of('synthetic_rows')).toMatchObject({ outcome: 'block', reason: 'not_in_plan' });
  });

  it('is answered for one feature by its key or id, and refused for what is no feature or no amount', async () => {
    const account = await on.onPlan({ files: allowed(5) });
    const { id } = await value(on.readers.feature('files'));
    for (const ask of [on.app.check, on.app.decideNow]) {
      const byKey = await value(ask(account, { feature: 'files', amount: 6 }, NOW));
      expect(byKey).toMatchObject({ feature: 'files', outcome: 'block', reason: 'limit_reached', limit: 5n });
      expect(await value(ask(account, { feature: id, amount: 6 }, NOW))).toEqual(byKey);
      for (const feature of ['no_such', newId()])
        expect(await failure(ask(account, { feature, amount: 1 }, NOW))).toMatchObject({
          kind: 'feature_unknown',
        });
      for (const amount of [-1, 0.5, 2 ** 53])
        expect(await failure(ask(account, { feature: 'files', amount }, NOW))).toMatchObject({
          field: 'amount',
        });
    }
    expect((await value(on.app.posture(account, NOW))).state).toBe('active_paid');
    expect(await on.audit()).toEqual([]);
  });
});
