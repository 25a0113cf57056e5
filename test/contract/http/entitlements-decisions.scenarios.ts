import { describe, expect, it } from 'vitest';
import { HOUR, iso, MINUTE, plus, SECOND } from '../../../src/domain/shared/time.js';
import { NOW, type TestApp } from '../../support/app.js';
import type { Client, World } from '../../support/client.js';
import { type Entitled, entitledOf, refused } from './entitlements.rig.js';
import { type Open, onStage, RANDOM_ID } from './rig.js';

/** May they? And what is set aside while nobody knows whether they will. */
export const entitlementsDecisionsScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let to: Entitled;
  onStage(open, answered, async (...staged) => {
    [app, call, here] = staged;
    to = entitledOf(app, call, here);
    await to.administer();
  });
  const all = async (by = to.token) => {
    const { body } = await to.get(to.project('entitlements'), by);
    const named = Object.fromEntries(body.items.map((one: { feature: string }) => [one.feature, one]));
    return { ...body, named };
  };

  describe('entitlements', () => {
    it('are all that a project may have, by its plan or by the settings, with what it has used', async () => {
      const before = await all(here.member.token);
      expect([before.project_id, before.plan, before.as_of]).toEqual([here.projectId, undefined, iso(NOW)]);
      expect(before.lifecycle).toMatchObject({ state: 'active_paid', outcome: 'allow' });
      expect(before.named.buckets).toEqual({
        feature: 'buckets',
        outcome: 'allow',
        reason: 'within_limit',
        source: 'default',
        limit: 20,
        used: 1,
        remaining: 19,
        resets_at: null,
        as_of: iso(NOW),
      });
      const plan = await to.onPlan('Team');
      const [prompts, reports] = [await to.metered('Prompts'), await to.boolean('Reports')];
      await to.include(plan, prompts, { usage_limit: 10, window: 'day', warn_percent: 50 });
      await to.include(plan, reports, { binary_value: 1 });
      await to.include(plan, await to.metered('Drafts'), {
        usage_limit: 10,
        window: 'month',
        is_soft_limit: true,
      });
      await to.metered('Nowhere');
      const { plan: named, named: now } = await all();
      expect(named).toEqual({ id: plan, name: 'Team' });
      expect(now.prompts).toMatchObject({
        source: 'plan',
        limit: 10,
        used: 0,
        resets_at: '2026-01-16T00:00:00.000Z',
      });
      expect(now.reports).toMatchObject({
        outcome: 'allow',
        reason: 'granted',
        limit: null,
        remaining: null,
      });
      expect(now.drafts.resets_at).toBe('2026-02-01T00:00:00.000Z');
      expect(now.nowhere).toMatchObject({ outcome: 'block', reason: 'not_in_plan' });
    });

    it('answer whether there may be more, from what was so at most 250 ms ago', async () => {
      to.later();
      const { status, body } = await to.check('prompts', undefined, here.member.token);
      expect([status, body]).toMatchObject([200, { outcome: 'allow', reason: 'within_limit', used: 0 }]);
      expect((await to.check('prompts', 5)).body).toMatchObject({ outcome: 'warn', reason: 'near_limit' });
      expect((await to.check('prompts', 11)).body).toMatchObject({
        outcome: 'block',
        reason: 'limit_reached',
      });
      expect((await to.check('drafts', 11)).body).toMatchObject({
        outcome: 'warn',
        reason: 'over_soft_limit',
      });
      expect((await to.check('reports')).body.reason).toBe('granted');
      expect((await to.check('paid_instances', 0)).body.feature).toBe('paid_instances');
      expect(refused(await to.check('nothing'))).toEqual([404, 'feature_unknown', 'feature']);
      expect(refused(await to.check('prompts', -1))).toEqual([400, 'invalid_value', 'amount']);
      await to.override('prompts', { usage_limit: 1, reason: 'Too many' });
      expect((await to.check('prompts', 5)).body.limit).toBe(10);
      to.later();
      expect((await to.check('prompts', 5)).body).toMatchObject({
        limit: 1,
        source: 'override',
        outcome: 'block',
      });
    });

    it('are overridden for one project by platform admins, until that ends or is taken back', async () => {
      const says = {
        usage_limit: 3,
        window: 'month',
        is_soft_limit: true,
        warn_percent: 10,
        reason: 'A trial',
      };
      const ends_at = iso(plus(NOW, HOUR));
      const made = await to.override('prompts', { ...says, ends_at });
      expect([made.status, made.body]).toEqual([
        200,
        {
          project_id: here.projectId,
          subscription_feature_id: expect.any(String),
          ...says,
          ends_at,
          created_at: iso(app.clock.now()),
        },
      ]);
      expect((await all()).named.prompts).toMatchObject({ source: 'override', limit: 3 });
      app.clock.advance(2 * HOUR);
      expect((await all()).named.prompts).toMatchObject({ source: 'plan', limit: 10 });
      expect((await to.override('reports', { binary_value: 0, reason: 'Not them' })).status).toBe(200);
      expect((await all()).named.reports).toMatchObject({ outcome: 'block', reason: 'not_granted' });
      expect((await to.removeOverride('reports')).status).toBe(204);
      expect((await all()).named.reports.outcome).toBe('allow');
      expect((await to.removeOverride('reports')).status).toBe(404);
      expect((await to.removeOverride('nothing')).status).toBe(404);
      const good = { usage_limit: 1, reason: 'x' };
      expect(refused(await to.override('nothing', good))[1]).toBe('feature_unknown');
      const past = await to.override('prompts', { ...good, ends_at: iso(NOW) });
      expect(refused(past)).toEqual([400, 'value_not_fitting', 'ends_at']);
      const path = `PUT /v1/projects/${RANDOM_ID}/entitlements/prompts/override`;
      expect((await call(path, { token: to.token, json: good })).status).toBe(404);
      expect((await to.override('prompts', good, here.admin.token)).status).toBe(403);
      await to.removeOverride('prompts');
    });
  });

  describe('an override', () => {
    it('says how much or that there is no limit, keeps what it does not name, and knows its fields', async () => {
      const reason = 'So many';
      const says = async (json: object) => (await to.override('prompts', { ...json, reason })).body;
      const planned = { window: 'day', warn_percent: 50, is_soft_limit: false };
      expect(await says({ usage_limit: 20 })).toMatchObject({ ...planned, usage_limit: 20 });
      const endless = await says({ is_unlimited: true, warn_percent: 60 });
      expect([endless.usage_limit, endless]).toMatchObject([undefined, { ...planned, warn_percent: 60 }]);
      const no = async (feature: string, json: object) =>
        refused(await to.override(feature, { ...json, reason }));
      expect(await no('prompts', {})).toEqual([400, 'value_not_fitting', 'usage_limit']);
      expect(await no('reports', {})).toEqual([400, 'value_not_fitting', 'binary_value']);
      expect(await no('prompts', { usage_limit: 1, is_unlimited: true })).toEqual([
        400,
        'value_not_fitting',
        'is_unlimited',
      ]);
      expect(await no('prompts', { usage_limt: 20 })).toEqual([400, 'invalid_request', 'usage_limt']);
      expect((await all()).named.prompts).toMatchObject({ source: 'override', limit: null });
      await to.removeOverride('prompts');
    });
  });

  describe('reservations', () => {
    it('set aside what others cannot have, and become use, or as much of it as it was', async () => {
      const headers = { 'idempotency-key': 'one' };
      const made = await to.reserve({ feature: 'prompts', amount: 6, ttl_seconds: 90 }, headers);
      const at = app.clock.now();
      expect([made.status, made.body]).toMatchObject([
        201,
        {
          project_id: here.projectId,
          amount: 6,
          state: 'held',
          reserved_at: iso(at),
          expires_at: iso(plus(at, 90 * SECOND)),
          decision: { feature: 'prompts', used: 6, remaining: 4 },
        },
      ]);
      expect((await to.reserve({ feature: 'prompts', amount: 6, ttl_seconds: 90 }, headers)).body.id).toBe(
        made.body.id,
      );
      const reused = await to.reserve({ feature: 'prompts', amount: 1 }, headers);
      expect(refused(reused)).toEqual([422, 'idempotency_key_reused', undefined]);
      const over = await to.reserve({ feature: 'prompts', amount: 5 });
      expect([over.status, over.body.error.code, over.body.error.details]).toMatchObject([
        403,
        'limit_reached',
        { feature: 'prompts', outcome: 'block', reason: 'limit_reached', limit: 10, used: 6, remaining: 4 },
      ]);
      const { id } = made.body;
      expect(refused(await to.settle(id, 'confirm', { amount: 7 }))).toEqual([
        400,
        'invalid_value',
        'amount',
      ]);
      const done = await to.settle(id, 'confirm', { amount: 2 });
      expect([done.status, done.body]).toMatchObject([
        200,
        { id, state: 'confirmed', decision: { used: 2 } },
      ]);
      expect((await to.settle(id, 'confirm')).body).toMatchObject({ id, state: 'confirmed' });
      const late = await to.settle(id, 'release');
      expect([late.status, late.body.error]).toMatchObject([409, { code: 'reservation_over' }]);
      expect(late.body.error.message).toContain('confirmed');
    });

    it('are given back by whoever made them, and by time', async () => {
      const held = (await to.reserve({ feature: 'prompts', amount: 8 }, {}, here.admin.token)).body;
      expect(held.expires_at).toBe(iso(plus(app.clock.now(), MINUTE)));
      expect((await to.settle(held.id, 'release', undefined, here.admin.token)).body).toMatchObject({
        state: 'released',
        decision: { used: 2 },
      });
      expect((await to.settle(held.id, 'release')).body.state).toBe('released');
      expect((await to.settle(held.id, 'confirm')).status).toBe(409);
      const short = (await to.reserve({ feature: 'prompts', amount: 8, ttl_seconds: 1 })).body;
      app.clock.advance(SECOND);
      expect((await to.settle(short.id, 'confirm', {})).body.error.message).toContain('expired');
      expect((await to.reserve({ feature: 'prompts', amount: 8 })).status).toBe(201);
    });

    it('are of what is counted by records, in whole numbers, for a while, and of nobody else', async () => {
      const no = async (json: object) => refused(await to.reserve(json));
      expect(await no({ feature: 'buckets', amount: 1 })).toEqual([400, 'not_reservable', 'feature']);
      expect(await no({ feature: 'nothing', amount: 1 })).toEqual([404, 'feature_unknown', 'feature']);
      expect(await no({ feature: 'prompts', amount: 0 })).toEqual([400, 'invalid_value', 'amount']);
      expect(await no({ feature: 'prompts', amount: 1, ttl_seconds: 3_601 })).toEqual([
        400,
        'invalid_value',
        'ttl_seconds',
      ]);
      const { body: mine } = await to.reserve({ feature: 'drafts', amount: 1 });
      const other = (await call('POST /v1/projects', { token: to.token, json: { name: 'Other' } })).body.id;
      for (const how of ['confirm', 'release'] as const) {
        const elsewhere = await call(`POST /v1/projects/${other}/reservations/${mine.id}:${how}`, {
          token: to.token,
        });
        expect(elsewhere.status).toBe(404);
        expect((await to.settle(RANDOM_ID, how)).status).toBe(404);
        expect((await to.settle(mine.id, how, undefined, here.member.token)).status).toBe(403);
      }
    });

    it('of 3 against 10, 5 at once, are exactly 3', async () => {
      await to.metered('Exact');
      await to.override('exact', { usage_limit: 10, reason: 'So many' });
      const made = await Promise.all(
        Array.from({ length: 5 }, () => to.reserve({ feature: 'exact', amount: 3 })),
      );
      expect(made.map(({ status }) => status).sort()).toEqual([201, 201, 201, 403, 403]);
      expect((await all()).named.exact).toMatchObject({ used: 9, outcome: 'warn', remaining: 1 });
    });
  });
};
