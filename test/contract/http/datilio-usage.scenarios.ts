import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contexts } from '../../../src/composition/tokens.js';
import { DAY, instant, iso, plus } from '../../../src/domain/shared/time.js';
import { NOW, type TestApp } from '../../support/app.js';
import { type Client, clientOf } from '../../support/client.js';
import { type Buyer, codeOf, type Datilio, datilioOf, type Plans } from './datilio.rig.js';
import type { Open } from './rig.js';

/** What users use of their plans, what is left of it, and what is refused. */
export const datilioUsageScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let datilio: Datilio;
  let plans: Plans;
  beforeAll(async () => {
    app = await open();
    call = clientOf(app);
    datilio = datilioOf(app, call);
    plans = await datilio.plans();
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual([]);
    await app.close();
  });
  /** Somebody on the plan that costs nothing: 5 files of 10 MB, 10 prompts a day, 1,000 rows a month. */
  const explorer = async (): Promise<Buyer> => {
    const who = await datilio.buyer();
    expect((await datilio.purchase(who, plans.explorer)).status).toBe(200);
    return who;
  };
  const remaining = async (who: Buyer) => (await datilio.planOf(who)).remaining;

  describe('using', () => {
    it('is recorded with what is left of it, warned about from 80 % on, and refused where nothing is left', async () => {
      const who = await explorer();
      const first = await datilio.use(who, { feature: 'files', amount: 4, size_mb: 1 });
      const row = {
        id: expect.any(Number),
        user_id: who.id,
        feature: 'files',
        amount: 4,
        timestamp: iso(NOW),
        limit: 5,
        remaining: 1,
        warning: 'near_limit',
      };
      expect([first.status, first.body]).toEqual([201, { usage: row }]);
      const refused = await datilio.use(who, { feature: 'files', amount: 2, size_mb: 1 });
      expect([...codeOf(refused), refused.body.error.details]).toEqual([
        409,
        'limit_reached',
        {
          feature: 'files',
          outcome: 'block',
          reason: 'limit_reached',
          source: 'plan',
          limit: 5,
          used: 4,
          remaining: 1,
          resets_at: null,
          as_of: iso(NOW),
        },
      ]);
      expect(await datilio.usageOf(who)).toEqual([first.body.usage]);
      expect((await remaining(who)).files).toBe(1);
      const last = await datilio.use(who, { feature: 'files', amount: 1, size_mb: 1 });
      const over = { limit: 5, remaining: 0, warning: 'limit_reached' };
      expect(last.body.usage).toMatchObject({ amount: 1, ...over });
      expect(last.body.usage.id).toBeGreaterThan(first.body.usage.id);
      expect(await datilio.usageOf(who)).toEqual([last.body.usage, { ...first.body.usage, ...over }]);
      expect(await remaining(who)).toMatchObject({ files: 0, ai_prompts: 10 });
    });

    it('that was refused leaves nothing but a row in the audit', async () => {
      const who = await explorer();
      await datilio.use(who, { feature: 'synthetic_rows', amount: 1_001 });
      const account = await datilio.accountOf(who);
      expect(await datilio.usageOf(who)).toEqual([]);
      const rows = await app.everyRow();
      expect(rows.split('"entitlement.refused"').length - 1).toBeGreaterThan(0);
      expect(rows).toMatch(
        new RegExp(`${account}[^}]*entitlement.refused|entitlement.refused[^}]*${account}`),
      );
    });

    it('counts files that are each as large as the plan allows, whatever they add up to', async () => {
      const who = await explorer();
      const fits = await datilio.use(who, { feature: 'files', amount: 2, size_mb: 10 });
      expect([fits.status, fits.body.usage.remaining]).toEqual([201, 3]);
      for (const size_mb of [10.000001, 11, 1e15]) {
        const large = await datilio.use(who, { feature: 'files', amount: 1, size_mb });
        expect([...codeOf(large), large.body.error.details.feature]).toEqual([
          409,
          'limit_reached',
          'file_size_mb',
        ]);
        expect(large.body.error.details).toMatchObject({ reason: 'above_maximum', limit: 10 });
      }
      expect((await datilio.usageOf(who)).length).toBe(1);
      for (const odd of [{ feature: 'ai_prompts', size_mb: 1 }, { feature: 'files' }]) {
        const no = await datilio.use(who, { amount: 1, ...odd });
        expect([...codeOf(no), no.body.error.details[0].field]).toEqual([400, 'invalid_request', 'size_mb']);
      }
      expect((await datilio.usageOf(who)).length).toBe(1);
    });

    it('limits prompts and counts tokens beside them', async () => {
      const who = await explorer();
      const tokens = await datilio.use(who, { feature: 'ai_tokens', amount: 9_000_000 });
      expect(tokens.body.usage).toMatchObject({ limit: null, remaining: null, warning: null });
      for (let i = 0; i < 10; i += 1)
        expect((await datilio.use(who, { feature: 'ai_prompts', amount: 1 })).status).toBe(201);
      expect(codeOf(await datilio.use(who, { feature: 'ai_prompts', amount: 1 }))).toEqual([
        409,
        'limit_reached',
      ]);
      expect((await datilio.use(who, { feature: 'ai_tokens', amount: 1 })).status).toBe(201);
      expect(await remaining(who)).toMatchObject({ ai_prompts: 0, ai_tokens: null });
    });

    it('counts once with one key, in each account for itself', async () => {
      const [who, other] = [await explorer(), await explorer()];
      const event = { feature: 'ai_prompts', amount: 3, key: 'conversation-1' };
      const first = await datilio.use(who, event);
      app.clock.advance(1_000);
      const again = await datilio.use(who, event);
      expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
      for (const over of [{ amount: 4 }, { feature: 'ai_tokens' }]) {
        const reused = await datilio.use(who, { ...event, ...over });
        expect([...codeOf(reused), reused.body.error.details[0].field]).toEqual([409, 'key_reused', 'key']);
      }
      expect((await datilio.use(other, event)).status).toBe(201);
      expect([await remaining(who), await remaining(other)]).toMatchObject([
        { ai_prompts: 7 },
        { ai_prompts: 7 },
      ]);
      const twice = await Promise.all(
        [1, 2].map(() => datilio.use(who, { ...event, key: 'conversation-2' })),
      );
      expect(twice.map(({ status, body }) => [status, body.usage.id])).toEqual([
        [201, twice[1]?.body.usage.id],
        [201, twice[0]?.body.usage.id],
      ]);
      expect((await remaining(who)).ai_prompts).toBe(4);
      app.clock.advance(-1_000);
    });

    it('lets just so many of those who come at once as there is left for', async () => {
      const who = await explorer();
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => datilio.use(who, { feature: 'ai_prompts', amount: 3 })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 201, 409, 409]);
      expect((await remaining(who)).ai_prompts).toBe(1);
    });

    it('takes whole positive amounts of what it knows, and names the field of all else', async () => {
      const who = await explorer();
      const good = { feature: 'files', amount: 1, size_mb: 1 };
      for (const [over, field] of [
        [{ amount: 0 }, 'amount'],
        [{ amount: -1 }, 'amount'],
        [{ amount: 1.5 }, 'amount'],
        [{ amount: 1e300 }, 'amount'],
        [{ amount: Number.MAX_SAFE_INTEGER + 1 }, 'amount'],
        [{ feature: 'buckets' }, 'feature'],
        [{ feature: 'file_size_mb' }, 'feature'],
        [{ key: '' }, 'key'],
        [{ key: 'x'.repeat(256) }, 'key'],
        [{ size_mb: -1 }, 'size_mb'],
      ] as const) {
        const refused = await datilio.use(who, { ...good, ...over });
        expect([over, refused.status, refused.body.error.details[0].field]).toEqual([over, 400, field]);
      }
      const rounded = await call('POST /api/user/usage', {
        token: who.token,
        bytes: '{"feature":"files","amount":9007199254740993}',
        headers: { 'content-type': 'application/json' },
      });
      expect([rounded.status, rounded.body.error.details[0].field]).toEqual([400, 'amount']);
      expect(await datilio.usageOf(who)).toEqual([]);
    });
  });

  describe('what is left', () => {
    it('is nothing without a plan, and more on a larger one, whatever was used before', async () => {
      const who = await datilio.buyer();
      const refused = await datilio.use(who, { feature: 'files', amount: 1, size_mb: 1 });
      expect([...codeOf(refused), refused.body.error.details.reason]).toEqual([
        409,
        'limit_reached',
        'not_in_plan',
      ]);
      expect([await datilio.planOf(who), await datilio.usageOf(who)]).toEqual([null, []]);
      await datilio.purchase(who, plans.explorer);
      await datilio.use(who, { feature: 'files', amount: 5, size_mb: 1 });
      await datilio.subscribe(who, plans.pro);
      expect(await remaining(who)).toEqual({
        files: 95,
        ai_prompts: 200,
        ai_tokens: null,
        synthetic_rows: 100_000,
        file_size_mb: 100,
      });
      expect((await datilio.use(who, { feature: 'files', amount: 1, size_mb: 99.5 })).status).toBe(201);
      const poor = await explorer();
      await datilio.use(poor, { feature: 'files', amount: 1, size_mb: 1 });
      await datilio.cancel(poor);
      const [row] = await datilio.usageOf(poor);
      expect(row).toMatchObject({ limit: 0, remaining: 0, warning: 'limit_reached' });
    });

    it('is counted anew with the UTC day for prompts, with the UTC month for rows, and never for files', async () => {
      const there = await open();
      const users = datilioOf(there, clientOf(there));
      const { explorer: plan } = await users.plans();
      let who = await users.buyer();
      await users.purchase(who, plan);
      const month = instant(Date.UTC(2026, 1, 1));
      const at = async (moment: typeof NOW) => {
        there.clock.advance(moment - there.clock.now());
        who = await users.signIn(who.email);
      };
      const all = async () => {
        const left = (await users.planOf(who)).remaining;
        return [left.files, left.ai_prompts, left.synthetic_rows];
      };
      await at(plus(month, -DAY - 1));
      for (const use of [
        { feature: 'files', amount: 5, size_mb: 1 },
        { feature: 'ai_prompts', amount: 10 },
        { feature: 'synthetic_rows', amount: 1_000 },
      ])
        expect((await users.use(who, use)).status).toBe(201);
      expect(await all()).toEqual([0, 0, 0]);
      const refused = await users.use(who, { feature: 'ai_prompts', amount: 1 });
      expect(refused.body.error.details.resets_at).toBe(iso(plus(month, -DAY)));
      await at(plus(month, -DAY));
      expect(await all()).toEqual([0, 10, 0]);
      expect((await users.use(who, { feature: 'ai_prompts', amount: 10 })).status).toBe(201);
      await at(plus(month, -1));
      expect(await all()).toEqual([0, 0, 0]);
      await at(month);
      expect(await all()).toEqual([0, 10, 1_000]);
      expect(codeOf(await users.use(who, { feature: 'files', amount: 1, size_mb: 1 }))).toEqual([
        409,
        'limit_reached',
      ]);
      for (const line of there.answered) answered.add(line);
      await there.close();
    });

    it('is shown beside the newest 200 uses of one’s own', async () => {
      const [who, other] = [await explorer(), await explorer()];
      const accountId = await datilio.accountOf(who);
      const entitlements = app.container.get(contexts.entitlements);
      const system = { actor: { kind: 'system' as const }, at: NOW, address: '', requestId: 'a request' };
      const rows = Array.from({ length: 205 }, (_, n) => ({
        accountId,
        feature: 'ai_tokens',
        value: n + 1,
        key: `row ${n}`,
      }));
      expect((await entitlements.recordBatch(rows, system)).isOk()).toBe(true);
      const shown: readonly { readonly id: number; readonly amount: number; readonly user_id: number }[] =
        await datilio.usageOf(who);
      expect(shown.map(({ amount }) => amount)).toEqual(Array.from({ length: 200 }, (_, n) => 205 - n));
      expect(new Set(shown.map(({ id }) => id)).size).toBe(200);
      expect(new Set(shown.map(({ user_id }) => user_id))).toEqual(new Set([who.id]));
      expect(await datilio.usageOf(other)).toEqual([]);
    });
  });

  describe('a plan that an admin makes', () => {
    it('limits those who take it from that moment on, a limit of nothing included', async () => {
      const admin = await datilio.buyer();
      await datilio.promote(admin);
      const made = await call('POST /api/plans', {
        token: admin.token,
        json: {
          name: 'Tiny',
          price_monthly: 0,
          file_limit: 0,
          file_size_limit_mb: 1,
          ai_prompts_per_day: 2,
          synthetic_rows_per_month: 3,
          features: {},
        },
      });
      const who = await datilio.buyer();
      await datilio.purchase(who, made.body.plan.id);
      expect(await remaining(who)).toEqual({
        files: 0,
        ai_prompts: 2,
        ai_tokens: null,
        synthetic_rows: 3,
        file_size_mb: 1,
      });
      expect(codeOf(await datilio.use(who, { feature: 'files', amount: 1, size_mb: 1 }))).toEqual([
        409,
        'limit_reached',
      ]);
      expect((await datilio.use(who, { feature: 'synthetic_rows', amount: 3 })).status).toBe(201);
    });
  });
};
