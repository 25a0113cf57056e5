import { describe, expect, it } from 'vitest';
import { iso, MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOW, type TestApp } from '../../support/app.js';
import type { Client, World } from '../../support/client.js';
import { type Entitled, entitledOf, refused } from './entitlements.rig.js';
import { type Open, onStage, RANDOM_ID } from './rig.js';

/** Features, and what plans say of them. */
export const entitlementsScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let to: Entitled;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
    to = entitledOf(app, call, here);
  });
  const create = (json: unknown, headers = {}) => to.post('subscription-features', json, headers);
  const include = (json: unknown, headers = {}) => to.post('subscription-plan-features', json, headers);
  const featureOf = async (id: string) =>
    (await to.get('subscription-features')).body.items.find((one: { id: string }) => one.id === id);
  const listed = async () => (await call('GET /v1/plans')).body.items[0].features;
  const keys = { once: 'key' };

  describe('features', () => {
    it('are those that the server counts itself, and those that platform admins define', async () => {
      await to.administer();
      const { body } = await to.get('subscription-features');
      const [buckets] = body.items;
      expect(buckets).toMatchObject({ key: 'buckets', kind: 'metered', is_usage_based: true });
      const json = { name: 'Exports / day', is_usage_based: true, usage_unit: 'exports', highlight: true };
      const headers = { 'idempotency-key': keys.once };
      const made = await create(json, headers);
      expect([made.status, made.body]).toEqual([
        201,
        {
          id: expect.any(String),
          key: 'exports_day',
          name: 'Exports / day',
          kind: 'metered',
          is_binary_based: false,
          is_usage_based: true,
          usage_unit: 'exports',
          highlight: true,
          created_at: iso(NOW),
          updated_at: iso(NOW),
        },
      ]);
      const again = await create(json, headers);
      expect([again.status, again.body]).toEqual([201, made.body]);
      expect(refused(await create({ ...json, name: 'Other' }, headers))).toEqual([
        422,
        'idempotency_key_reused',
        undefined,
      ]);
      expect(await featureOf(made.body.id)).toEqual(made.body);
      const first = await to.get('subscription-features?page_size=1', here.member.token);
      const next = await to.get(
        `subscription-features?page_size=1&page_token=${first.body.next_page_token}`,
        here.member.token,
      );
      expect([first.body.items[0].key, next.body.items[0].key]).toEqual(['buckets', 'connections']);
      expect(refused(await to.get('subscription-features?page_token=x'))[1]).toBe('invalid_page_token');
    });

    it('are either had or counted, and have a name of their own', async () => {
      const both = { is_binary_based: true, is_usage_based: true };
      expect(refused(await create({ name: 'Both', ...both }))).toEqual([
        400,
        'invalid_flags',
        'is_usage_based',
      ]);
      expect(refused(await create({ name: 'Neither' }))).toEqual([400, 'invalid_flags', 'is_binary_based']);
      const taken = await create({ name: 'Exports / day', is_binary_based: true });
      expect(refused(taken)).toEqual([409, 'feature_name_taken', undefined]);
      expect((await to.patch(`subscription-features/${RANDOM_ID}`, { name: 'Nothing' })).status).toBe(404);
      expect((await to.patch('subscription-features/x', { name: 'Nothing' })).status).toBe(404);
    });

    it('change in all that is said of them, but for what they are once somebody has them', async () => {
      const id = await to.metered('Seats', { usage_unit: 'seats' });
      const change = (json: unknown) => to.patch(`subscription-features/${id}`, json);
      app.clock.advance(MINUTE);
      const named = await change({ name: 'Chairs', usage_unit: 'chairs', highlight: true });
      expect([named.status, named.body]).toMatchObject([
        200,
        {
          key: 'seats',
          name: 'Chairs',
          usage_unit: 'chairs',
          highlight: true,
          updated_at: iso(plus(NOW, MINUTE)),
        },
      ]);
      expect((await change({ usage_unit: '' })).body.usage_unit).toBeUndefined();
      const flags = { is_binary_based: true, is_usage_based: false };
      expect((await change(flags)).body.kind).toBe('boolean');
      expect(refused(await change({ is_usage_based: true }))).toEqual([
        400,
        'invalid_flags',
        'is_usage_based',
      ]);
      expect(refused(await change({ name: 'Exports / day' }))[1]).toBe('feature_name_taken');
      const plan = await to.paying.sell(to.token, 'Basic', to.paying.prices('prod_basic'));
      await to.include(plan, id, { binary_value: 1 });
      const back = { is_binary_based: false, is_usage_based: true };
      expect(refused(await change(back))).toEqual([409, 'feature_in_use', undefined]);
      const buckets = (await to.get('subscription-features?page_size=1')).body.items[0].id;
      const other = await to.patch(`subscription-features/${buckets}`, flags);
      expect(refused(other)[1]).toBe('feature_in_use');
    });
  });

  describe('features of plans', () => {
    it('are shown with the plan to all, and listed for it', async () => {
      const exports = (await to.get('subscription-features')).body.items.at(-2);
      const [{ id: plan }] = (await call('GET /v1/plans')).body.items;
      const json = {
        subscription_plan_id: plan,
        subscription_feature_id: exports.id,
        usage_limit: 100,
        window: 'day',
        is_soft_limit: true,
        warn_percent: 50,
      };
      const headers = { 'idempotency-key': keys.once };
      const made = await include(json, headers);
      const { created_at, updated_at } = made.body;
      expect([made.status, made.body]).toEqual([201, { id: made.body.id, ...json, created_at, updated_at }]);
      expect((await include(json, headers)).body).toEqual(made.body);
      expect(refused(await include({ ...json, usage_limit: 1 }, headers))[0]).toBe(422);
      expect(await listed()).toEqual([
        {
          feature_id: exports.id,
          feature_name: 'Exports / day',
          is_binary_based: false,
          is_usage_based: true,
          usage_unit: 'exports',
          usage_limit: 100,
          highlight: true,
        },
        expect.objectContaining({ feature_name: 'Chairs', is_binary_based: true, binary_value: 1 }),
      ]);
      const path = `subscription-plan-features?subscription_plan_id=${plan}`;
      expect((await to.get(path)).body.items).toEqual([made.body, expect.anything()]);
      const first = (await to.get(`${path}&page_size=1`)).body;
      const { body: rest } = await to.get(`${path}&page_size=1&page_token=${first.next_page_token}`);
      expect([first.items, rest]).toEqual([[made.body], { items: [expect.anything()] }]);
      expect(rest.items[0].id).not.toBe(made.body.id);
      expect(refused(await to.get(`${path}&page_token=x`))[1]).toBe('invalid_page_token');
      const none = await to.get(`subscription-plan-features?subscription_plan_id=${RANDOM_ID}`);
      expect(none.body).toEqual({ items: [] });
      const page = await call('GET /pricing');
      expect(page.text).toMatch(
        /<strong><bdi>Exports \/ day<\/bdi>: <bdi>100 exports a day<\/bdi><\/strong>/,
      );
      expect(page.text).toContain('<strong><bdi>Chairs</bdi></strong>');
    });

    it('say what suits the feature, each once in a plan', async () => {
      const [{ id: plan, features }] = (await call('GET /v1/plans')).body.items;
      const [counted, had] = features.map((one: { feature_id: string }) => one.feature_id);
      const said = async (feature: string, says: object, of = plan) =>
        refused(await include({ subscription_plan_id: of, subscription_feature_id: feature, ...says }));
      const not = (field: string) => [400, 'value_not_fitting', field];
      expect(await said(counted, { binary_value: 1 })).toEqual(not('binary_value'));
      expect(await said(counted, { usage_limit: -1 })).toEqual(not('usage_limit'));
      expect(await said(counted, { warn_percent: 101 })).toEqual(not('warn_percent'));
      expect(await said(had, { binary_value: 2 })).toEqual(not('binary_value'));
      expect(await said(had, {})).toEqual(not('binary_value'));
      expect(await said(had, { binary_value: 1, usage_limit: 1 })).toEqual(not('usage_limit'));
      expect(await said(had, { binary_value: 1, is_soft_limit: true })).toEqual(not('is_soft_limit'));
      expect(await said(had, { binary_value: 1, window: 'day' })).toEqual(not('window'));
      expect(await said(had, { binary_value: 1 })).toEqual([409, 'plan_feature_taken', undefined]);
      expect((await said(RANDOM_ID, {}))[1]).toBe('feature_unknown');
      expect(await said(counted, {}, RANDOM_ID)).toEqual([404, 'plan_unknown', 'subscription_plan_id']);
    });

    it('change, with what they leave out as it was', async () => {
      const [{ id: plan }] = (await call('GET /v1/plans')).body.items;
      const { items } = (await to.get(`subscription-plan-features?subscription_plan_id=${plan}`)).body;
      const [counted, had] = items;
      const change = (of: { id: string }, json: unknown) =>
        to.patch(`subscription-plan-features/${of.id}`, json);
      const { updated_at: _then, ...rest } = counted;
      const less = { usage_limit: 7, window: 'month', is_soft_limit: false, warn_percent: 90 };
      expect((await change(counted, less)).body).toMatchObject({ ...rest, ...less });
      expect((await change(counted, { warn_percent: 20 })).body).toMatchObject({
        ...rest,
        ...less,
        warn_percent: 20,
      });
      expect((await change(counted, { is_unlimited: true })).body.usage_limit).toBeUndefined();
      const both = await change(counted, { is_unlimited: true, usage_limit: 1 });
      expect(refused(both)).toEqual([400, 'value_not_fitting', 'is_unlimited']);
      expect((await change(had, { binary_value: 0 })).body.binary_value).toBe(0);
      expect((await call('GET /pricing')).text).not.toContain('Chairs');
      const second = await to.paying.sell(to.token, 'Second', to.paying.prices('prod_second'));
      expect((await change(had, { subscription_plan_id: second })).body.subscription_plan_id).toBe(second);
      await to.include(second, counted.subscription_feature_id, {});
      const moved = { subscription_feature_id: counted.subscription_feature_id, usage_limit: 1 };
      expect(refused(await change(had, moved))).toEqual([409, 'plan_feature_taken', undefined]);
      expect(refused(await change(had, { binary_value: 2 }))[1]).toBe('value_not_fitting');
      expect(refused(await change(had, { subscription_plan_id: RANDOM_ID }))[1]).toBe('plan_unknown');
      expect(refused(await change(had, { subscription_feature_id: RANDOM_ID }))[1]).toBe('feature_unknown');
      expect((await change({ id: RANDOM_ID }, {})).status).toBe(404);
      expect((await change({ id: 'x' }, {})).status).toBe(404);
    });
  });
};
