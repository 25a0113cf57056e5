import { describe, expect, it } from 'vitest';
import { DAY, HOUR, iso, MINUTE, plus } from '../../../src/domain/shared/time.js';
import { NOW, type TestApp } from '../../support/app.js';
import type { Client, World } from '../../support/client.js';
import { type Entitled, entitledOf, refused } from './entitlements.rig.js';
import { type Open, onStage, RANDOM_ID } from './rig.js';

/** What was used, one by one and many at once. */
export const entitlementsUsageScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let to: Entitled;
  /** Of what the plan of the project says something, and of what nothing does. */
  let calls: string;
  let extras: string;
  let other: string;
  onStage(open, answered, async (...staged) => {
    [app, call, here] = staged;
    to = entitledOf(app, call, here);
    await to.administer();
    calls = await to.metered('Calls');
    extras = await to.metered('Extras');
    const plan = await to.onPlan('Team');
    await to.include(plan, calls, { usage_limit: 100, window: 'day' });
    const made = await call('POST /v1/projects', { token: to.token, json: { name: 'Other' } });
    other = made.body.id;
  });
  const record = (json: object, by = here.admin.token) =>
    to.post(
      'subscription-plan-feature-usages',
      { subscription_feature_id: calls, project_id: here.projectId, value: 1, ...json },
      {},
      by,
    );
  const correct = (id: string, json: object, by = to.token) =>
    to.patch(`subscription-plan-feature-usages/${id}`, json, by);
  const send = (events: readonly object[], by = here.admin.token) =>
    to.post('usage-events', { events }, {}, by);
  const usedOf = async (feature = 'calls', projectId = here.projectId): Promise<number> => {
    const { body } = await to.get(`projects/${projectId}/entitlements`);
    return body.items.find((one: { feature: string }) => one.feature === feature).used;
  };

  describe('usage', () => {
    it('is recorded by an admin of the project, by id or key of the feature, and counted once for each key', async () => {
      const made = await record({ value: 3, key: 'first', used_at: iso(plus(NOW, -HOUR)) });
      expect([made.status, made.body]).toMatchObject([
        201,
        {
          id: expect.any(String),
          subscription_feature_id: calls,
          project_id: here.projectId,
          value: 3,
          used_at: iso(plus(NOW, -HOUR)),
          key: 'first',
          created_at: iso(NOW),
          updated_at: iso(NOW),
          decision: { feature: 'calls', outcome: 'allow', limit: 100, used: 3, remaining: 97 },
        },
      ]);
      const again = await record({ value: 3, key: 'first', used_at: iso(plus(NOW, -HOUR)) });
      expect([again.status, again.body.id]).toEqual([201, made.body.id]);
      expect(refused(await record({ value: 4, key: 'first' }))).toEqual([409, 'key_reused', 'key']);
      const byKey = await record({ subscription_feature_id: 'calls', value: 2 });
      expect(byKey.body.subscription_feature_id).toBe(calls);
      expect((await record({ value: 2 })).body.key).not.toBe(byKey.body.key);
      expect(await usedOf()).toBe(7);
    });

    it('is refused for what the plan has not, what nobody counts, and when and how much cannot be', async () => {
      const unknown = { subscription_feature_id: 'nothing' };
      expect(refused(await record(unknown))).toEqual([404, 'feature_unknown', 'subscription_feature_id']);
      expect(refused(await record({ subscription_feature_id: extras }))[1]).toBe('not_in_plan');
      expect(refused(await record({ subscription_feature_id: 'buckets' }))[1]).toBe('not_metered');
      const bad: readonly (readonly [object, string])[] = [
        [{ value: 0 }, 'value'],
        [{ value: -1 }, 'value'],
        [{ used_at: iso(plus(NOW, 6 * MINUTE)) }, 'used_at'],
        [{ used_at: iso(plus(NOW, -40 * DAY)) }, 'used_at'],
        [{ key: 'reservation:x' }, 'key'],
      ];
      for (const [flaw, field] of bad)
        expect(refused(await record(flaw)), JSON.stringify(flaw)).toEqual([400, 'invalid_value', field]);
      for (const value of [1.5, 9_007_199_254_740_992])
        expect(refused(await record({ value }))).toEqual([400, 'invalid_request', 'value']);
      expect((await record({}, here.member.token)).status).toBe(403);
      expect((await record({}, here.stranger.token)).status).toBe(404);
      expect((await record({ project_id: RANDOM_ID }, to.token)).status).toBe(404);
      expect((await record({ project_id: 'x' }, to.token)).status).toBe(404);
      expect(await usedOf()).toBe(7);
    });

    it('is anything that platform admins say, by a key that may do all that they may', async () => {
      const late = { subscription_feature_id: extras, value: -2, used_at: iso(plus(NOW, -300 * DAY)) };
      const [free, bound] = [
        await to.post('api-keys', { name: 'free' }),
        await to.post('api-keys', { name: 'bound', project_id: here.projectId, role: 'admin' }),
      ];
      expect((await record(late, to.token)).status).toBe(201);
      expect((await record({ ...late, value: 2 }, free.body.key)).status).toBe(201);
      expect((await record(late, bound.body.key)).status).toBe(403);
      expect((await record({ value: 1 }, bound.body.key)).status).toBe(201);
      expect(await usedOf()).toBe(8);
    });

    it('is put right by platform admins: the record keeps its id, and counts as it should have', async () => {
      const { id, used_at } = (await record({ value: 10, key: 'wrong' })).body;
      app.clock.advance(MINUTE);
      const less = await correct(id, { value: 4 });
      expect([less.status, less.body]).toMatchObject([
        200,
        { id, value: 4, key: 'wrong', used_at, created_at: used_at, updated_at: iso(plus(NOW, MINUTE)) },
      ]);
      expect(await usedOf()).toBe(12);
      const elsewhere = await correct(id, { subscription_feature_id: extras, project_id: other, value: 5 });
      expect(elsewhere.body).toMatchObject({
        id,
        subscription_feature_id: extras,
        project_id: other,
        value: 5,
      });
      expect(await usedOf()).toBe(8);
      expect(refused(await correct(id, { value: 0.5 }))[1]).toBe('invalid_request');
      expect(refused(await correct(id, { subscription_feature_id: 'nothing' }))).toEqual([
        404,
        'feature_unknown',
        'subscription_feature_id',
      ]);
      expect(refused(await correct(id, { subscription_feature_id: 'buckets' }))[1]).toBe('not_metered');
      expect((await correct(RANDOM_ID, { value: 1 })).status).toBe(404);
      expect((await correct('x', { value: 1 })).status).toBe(404);
      expect((await correct(id, { value: 1 }, here.admin.token)).status).toBe(403);
    });
  });

  describe('usage events', () => {
    it('are each recorded or refused by itself, whichever projects they are of', async () => {
      const before = await usedOf();
      const event = (key: string, more: object = {}) => ({
        project_id: here.projectId,
        feature: 'calls',
        value: 1,
        key,
        ...more,
      });
      const sent = [
        event('e1', { used_at: iso(NOW) }),
        event('e2', { value: 1.5 }),
        event('e3', { feature: 'nothing' }),
        event('e4', { project_id: other }),
        event('e5', { value: 2 }),
        event('e1', { used_at: iso(NOW) }),
        event('e5', { value: 3 }),
        event('e6', { used_at: iso(plus(NOW, DAY)) }),
        event('e7', { project_id: 'x' }),
      ];
      const { status, body } = await send(sent);
      const [first, , , , fifth] = body.items;
      expect([status, body.recorded, body.refused]).toEqual([200, 3, 6]);
      const no = (key: string, code: string, field?: string) => ({
        key,
        outcome: 'refused',
        code,
        ...(field && { field }),
        message: expect.any(String),
      });
      expect(body.items).toEqual([
        { key: 'e1', outcome: 'recorded', id: expect.any(String) },
        no('e2', 'invalid_value', 'value'),
        no('e3', 'feature_unknown', 'feature'),
        no('e4', 'not_found'),
        { key: 'e5', outcome: 'recorded', id: expect.any(String) },
        { key: 'e1', outcome: 'again', id: first.id },
        no('e5', 'key_reused', 'key'),
        no('e6', 'invalid_value', 'used_at'),
        no('e7', 'not_found'),
      ]);
      expect(await usedOf()).toBe(before + 3);
      const again = (await send([sent[4] ?? {}])).body.items;
      expect(again).toEqual([{ key: 'e5', outcome: 'again', id: fifth.id }]);
      const member = await send([event('e8')], here.member.token);
      expect(member.body.items).toEqual([no('e8', 'forbidden')]);
      // The same key in another account is another event.
      const both = [event('e9', { project_id: other, feature: 'extras' }), event('e9')];
      expect((await send(both, to.token)).body.recorded).toBe(2);
    });

    it('that nobody can read are refused by themselves, in the words of the others', async () => {
      const good = { project_id: here.projectId, feature: 'calls', value: 1, key: 'r' };
      const bad: readonly (readonly [object, string])[] = [
        [{ used_at: 'yesterday' }, 'used_at'],
        [{ used_at: '2026-01-15' }, 'used_at'],
        [{ value: '3' }, 'value'],
        [{ value: null }, 'value'],
        [{ feature: '' }, 'feature'],
        [{ feature: 'f'.repeat(201) }, 'feature'],
        [{ project_id: 7 }, 'project_id'],
        [{ project_id: undefined }, 'project_id'],
        [{ key: '' }, 'key'],
        [{ key: 'k'.repeat(256) }, 'key'],
      ];
      const keyless = [{ key: 7 }, { key: undefined }];
      const rows = [...bad.map(([flaw]) => flaw), ...keyless].map((flaw) => ({
        ...good,
        key: 'r0',
        ...flaw,
      }));
      const before = await usedOf();
      const { status, body } = await send([{ ...good, key: 'r1' }, ...rows, { ...good, key: 'r2' }]);
      expect([status, body.recorded, body.refused]).toEqual([200, 2, rows.length]);
      expect(body.items.map(({ key }: { key: string }) => key)).toEqual([
        'r1',
        ...rows.map(({ key }) => (typeof key === 'string' ? key : '')),
        'r2',
      ]);
      expect(body.items.slice(1, -1)).toMatchObject(
        [...bad.map(([, field]) => field), 'key', 'key'].map((field) => ({
          outcome: 'refused',
          code: 'invalid_value',
          field,
          message: expect.any(String),
        })),
      );
      expect(await usedOf()).toBe(before + 2);
      // It is not said whose they were to be: who may not record there is told no more.
      expect((await send(rows, here.member.token)).body.refused).toBe(rows.length);
      for (const events of [null, {}, 'text', [null], ['text'], [[]], [good, 7]]) {
        const no = refused(await to.post('usage-events', { events }));
        expect([no[0], no[1], no[2].split('.')[0]], JSON.stringify(events)).toEqual([
          400,
          'invalid_request',
          'events',
        ]);
      }
    });

    it('name at most 50 projects and 100 features in one request', async () => {
      const [PROJECTS, FEATURES] = [50, 100];
      const named = (count: number, more: (n: number) => object) =>
        Array.from({ length: count }, (_, n) => ({
          ...{ project_id: here.projectId, feature: 'calls', value: 1, key: `n${n}` },
          ...more(n),
        }));
      const id = (n: number) => `${RANDOM_ID.slice(0, -4)}${1_000 + n}`;
      const projects = (count: number) => send(named(count, (n) => ({ project_id: id(n) })));
      const features = (count: number) => send(named(count, (n) => ({ feature: id(n) })));
      for (const [ask, most] of [
        [projects, PROJECTS],
        [features, FEATURES],
      ] as const) {
        const { status, body } = await ask(most);
        expect([status, body.refused]).toEqual([200, most]);
        const over = await ask(most + 1);
        expect(refused(over)).toEqual([400, 'invalid_request', 'events']);
        expect(over.body.error.details[0].message).toContain(`${most}`);
      }
    });

    it('come a thousand at a time, and no more', async () => {
      const event = (n: number) => ({
        project_id: here.projectId,
        feature: calls,
        value: 1,
        key: `many-${n}`,
      });
      const many = Array.from({ length: 1_001 }, (_, n) => event(n));
      expect(refused(await send(many))).toEqual([400, 'invalid_request', 'events']);
      expect(refused(await send([]))).toEqual([400, 'invalid_request', 'events']);
      const before = await usedOf();
      const { body } = await send(many.slice(1));
      expect([body.recorded, body.refused]).toEqual([1_000, 0]);
      expect(await usedOf()).toBe(before + 1_000);
    });
  });
};
