import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memoryProcessor } from '../../../src/adapters/memory/billing/processor.js';
import { PLATFORM_CONNECTION } from '../../../src/application/billing/events/connections.js';
import { ports } from '../../../src/composition/tokens.js';
import { PLATFORM } from '../../../src/domain/billing/seller.js';
import { DAY, iso, plus } from '../../../src/domain/shared/time.js';
import { NOW, rebind, type TestApp } from '../../support/app.js';
import { type Client, clientOf } from '../../support/client.js';
import { codeOf, type Datilio, datilioOf, type Plans } from './datilio.rig.js';
import type { Open } from './rig.js';

const LATER = '2026-02-15T12:00:00.000Z';

/** From one plan to another, and what that costs. */
export const datilioPurchaseScenarios = (open: Open, answered: Set<string>) => {
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

  describe('buying', () => {
    it('gives a free plan at once and takes it back at once, without a word to the processor', async () => {
      const who = await datilio.buyer();
      expect(await datilio.planOf(who)).toBeNull();
      expect(codeOf(await datilio.cancel(who))).toEqual([409, 'no_subscription']);
      const headers = { 'idempotency-key': 'free' };
      const taken = await datilio.purchase(who, plans.explorer, 1, headers);
      const free = {
        id: expect.any(Number),
        plan_id: plans.explorer,
        is_active: true,
        start_date: iso(NOW),
        end_date: null,
        cancel_at_period_end: false,
        remaining: { files: 5, ai_prompts: 10, ai_tokens: null, synthetic_rows: 1_000, file_size_mb: 10 },
      };
      expect([taken.status, taken.body]).toEqual([200, { user_plan: free }]);
      expect((await datilio.purchase(who, plans.explorer, 1, headers)).text).toBe(taken.text);
      expect(await datilio.planOf(who)).toEqual(free);
      expect(codeOf(await datilio.purchase(who, plans.explorer))).toEqual([409, 'already_on_plan']);
      expect(codeOf(await datilio.checkout(who, plans.explorer))).toEqual([400, 'free_plan']);
      expect((await datilio.cancel(who)).body).toEqual({ status: 'cancelled' });
      expect(await datilio.planOf(who)).toEqual({
        ...free,
        is_active: false,
        end_date: iso(NOW),
        remaining: { files: 0, ai_prompts: 0, ai_tokens: 0, synthetic_rows: 0, file_size_mb: 0 },
      });
      expect(codeOf(await datilio.cancel(who))).toEqual([409, 'no_subscription']);
      expect(datilio.processor.counts().customers).toBe(0);
    });

    it('asks who has no card to pay on a page first, and gives the plan when that is paid', async () => {
      const who = await datilio.buyer();
      expect((await datilio.purchase(who, plans.explorer)).status).toBe(200);
      const answer = await datilio.purchase(who, plans.pro);
      expect(codeOf(answer)).toEqual([402, 'payment_required']);
      expect(answer.body.checkout_url).toMatch(/^https:/);
      expect((await datilio.planOf(who)).plan_id).toBe(plans.explorer);
      await datilio.pay(answer.body.checkout_url);
      expect(await datilio.planOf(who)).toMatchObject({
        plan_id: plans.pro,
        is_active: true,
        start_date: iso(NOW),
        end_date: LATER,
      });
      expect(await datilio.charges(who)).toEqual([2_900n]);
      expect(codeOf(await datilio.purchase(who, plans.pro))).toEqual([409, 'already_on_plan']);
      expect(codeOf(await datilio.checkout(who, plans.team))).toEqual([409, 'already_subscribed']);
    });

    it('sells so many months at a time at one price that recurs after as many', async () => {
      const [monthly, yearly] = [await datilio.buyer(), await datilio.buyer()];
      await datilio.subscribe(monthly, plans.pro, 1);
      await datilio.subscribe(yearly, plans.pro, 12);
      expect([await datilio.charges(monthly), await datilio.charges(yearly)]).toEqual([[2_900n], [34_800n]]);
      expect((await datilio.planOf(monthly)).end_date).toBe(LATER);
      expect((await datilio.planOf(yearly)).end_date).toBe('2027-01-15T12:00:00.000Z');
      expect((await datilio.planOf(yearly)).plan_id).toBe(plans.pro);
      const names = (await call('GET /api/plans')).body.plans;
      expect(names.map((plan: { readonly price_monthly: number }) => plan.price_monthly)).toEqual([
        0, 29, 99,
      ]);
    });

    it('knows no plan but those on sale, and no duration but one to 36 months', async () => {
      const who = await datilio.buyer();
      for (const number of [0, -1, 999_999, Number.MAX_SAFE_INTEGER]) {
        expect(codeOf(await datilio.purchase(who, number))).toEqual([404, 'not_found']);
        expect(codeOf(await datilio.checkout(who, number))).toEqual([404, 'not_found']);
      }
      for (const months of [0, 37, 1.5])
        expect(codeOf(await datilio.checkout(who, plans.pro, months))).toEqual([400, 'invalid_request']);
    });

    it('opens one page for one Idempotency-Key', async () => {
      const who = await datilio.buyer();
      const headers = { 'idempotency-key': 'a-page' };
      const page = await datilio.checkout(who, plans.pro, 1, headers);
      expect((await datilio.checkout(who, plans.pro, 1, headers)).text).toBe(page.text);
      expect(codeOf(await datilio.checkout(who, plans.team, 1, headers))).toEqual([
        422,
        'idempotency_key_reused',
      ]);
      const once = { 'idempotency-key': 'a-purchase' };
      expect((await datilio.purchase(who, plans.pro, 1, once)).status).toBe(402);
      expect((await datilio.purchase(who, plans.team, 1, once)).status).toBe(422);
    });
  });

  describe('changing', () => {
    it('goes up at once for the rest of the period, down when it ends, and out when it ends', async () => {
      let who = await datilio.buyer();
      await datilio.subscribe(who, plans.pro);
      const { id } = await datilio.planOf(who);
      app.clock.advance(15.5 * DAY);
      who = await datilio.signIn(who.email);
      const up = await datilio.purchase(who, plans.team);
      expect([up.status, up.body.user_plan]).toMatchObject([
        200,
        { id, plan_id: plans.team, end_date: LATER },
      ]);
      // Half of 99.00 less half of 29.00.
      expect(await datilio.charges(who)).toEqual([2_900n, 3_500n]);

      const down = await datilio.purchase(who, plans.pro);
      expect([down.status, down.body.user_plan]).toMatchObject([
        200,
        { plan_id: plans.team, is_active: true, end_date: LATER, cancel_at_period_end: false },
      ]);
      expect(await datilio.charges(who)).toHaveLength(2);
      app.clock.advance(15.5 * DAY);
      await datilio.deliver();
      who = await datilio.signIn(who.email);
      expect(await datilio.planOf(who)).toMatchObject({
        id,
        plan_id: plans.pro,
        end_date: '2026-03-15T12:00:00.000Z',
      });
      expect((await datilio.charges(who)).at(-1)).toBe(2_900n);

      expect((await datilio.cancel(who)).body).toEqual({ status: 'cancels_at_period_end' });
      expect(await datilio.planOf(who)).toMatchObject({ is_active: true, cancel_at_period_end: true });
      expect(codeOf(await datilio.cancel(who))).toEqual([409, 'already_cancelling']);
      expect(codeOf(await datilio.purchase(who, plans.team))).toEqual([409, 'change_while_cancelling']);
      const back = await datilio.purchase(who, plans.pro);
      expect([back.status, back.body.user_plan.cancel_at_period_end]).toEqual([200, false]);
      const leave = await datilio.purchase(who, plans.explorer);
      expect([leave.status, leave.body.user_plan]).toMatchObject([
        200,
        { plan_id: plans.pro, cancel_at_period_end: true },
      ]);
      app.clock.advance(28 * DAY);
      await datilio.deliver();
      who = await datilio.signIn(who.email);
      expect(await datilio.planOf(who)).toMatchObject({
        is_active: false,
        end_date: '2026-03-15T12:00:00.000Z',
      });
      app.clock.advance(-59 * DAY);
    });

    it('leads who cannot pay for an upgrade to where they can mind what they pay with, and changes nothing', async () => {
      const who = await datilio.buyer();
      await datilio.subscribe(who, plans.pro);
      const { processorId = '' } = await datilio.customerOf(who);
      datilio.processor.keepCard(processorId, 'declines');
      const answer = await datilio.purchase(who, plans.team);
      expect(codeOf(answer)).toEqual([402, 'payment_required']);
      expect(answer.body.checkout_url).toMatch(/^https:/);
      expect((await datilio.planOf(who)).plan_id).toBe(plans.pro);
      expect(await datilio.charges(who)).toContain(2_900n);
    });
  });

  describe('the processor', () => {
    it('is heard through this door too: signed bytes only, each event once', async () => {
      const who = await datilio.buyer();
      const page = await datilio.checkout(who, plans.pro);
      datilio.processor.complete(new URL(page.body.checkout_url).pathname.slice(1));
      const [event, ...others] = datilio.processor.takeEvents();
      if (event === undefined) throw new Error('nothing was told');
      const { raw, signature } = datilio.processor.delivery(event);
      expect(codeOf(await datilio.post(raw))).toEqual([400, 'signature_missing']);
      const rewritten = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(raw).toString()), null, 1));
      expect(codeOf(await datilio.post(rewritten, signature))).toEqual([400, 'signature_invalid']);
      expect(codeOf(await datilio.post(Buffer.alloc(1024 * 1024 + 1), signature))).toEqual([
        413,
        'body_too_large',
      ]);
      expect(await datilio.planOf(who)).toBeNull();
      for (let times = 0; times < 2; times += 1)
        expect((await datilio.post(raw, signature)).body).toEqual({ status: 'received' });
      expect((await datilio.planOf(who)).plan_id).toBe(plans.pro);
      for (const other of others) {
        const delivery = datilio.processor.delivery(other);
        expect((await datilio.post(delivery.raw, delivery.signature)).status).toBe(200);
      }
      expect(await datilio.charges(who)).toEqual([2_900n]);
    });

    it('may say no: 502 in its own words, and nothing has changed', async () => {
      const who = await datilio.buyer();
      await datilio.subscribe(who, plans.pro);
      const plan = await app.container.get(ports.billingReaders).planByNumber(PLATFORM, 'datilio', plans.pro);
      for (const { processorId } of plan._unsafeUnwrap().prices)
        if (processorId !== undefined) datilio.processor.archivePrice(processorId);
      const newcomer = await datilio.buyer();
      expect(codeOf(await datilio.checkout(newcomer, plans.pro))).toEqual([502, 'processor_refused']);
      expect(codeOf(await datilio.purchase(newcomer, plans.pro))).toEqual([502, 'processor_refused']);
      const { processorId = '' } = await datilio.customerOf(who);
      const [view] = (
        await app.payments.subscriptions.ofCustomer(PLATFORM_CONNECTION, processorId)
      )._unsafeUnwrap();
      const ended = { id: view?.id ?? '', key: 'away' };
      const gone = await app.payments.subscriptions.cancelNow(PLATFORM_CONNECTION, ended);
      expect(gone.isOk()).toBe(true);
      expect(codeOf(await datilio.cancel(who))).toEqual([502, 'processor_refused']);
      expect(await datilio.planOf(newcomer)).toBeNull();
    });

    it('is not there where no key is set: free plans are given all the same', async () => {
      const poor = await open({
        override: (container) =>
          rebind(
            container,
            ports.processor,
            memoryProcessor({ clock: container.get(ports.clock), sellers: () => [] }),
          ),
      });
      const client = clientOf(poor);
      const there = datilioOf({ ...poor, payments: app.payments }, client);
      const offered = await there.plans();
      const who = await there.buyer();
      expect(codeOf(await there.purchase(who, offered.pro))).toEqual([503, 'payments_not_configured']);
      expect(codeOf(await there.checkout(who, offered.pro))).toEqual([503, 'payments_not_configured']);
      expect((await there.purchase(who, offered.explorer)).status).toBe(200);
      expect((await there.cancel(who)).status).toBe(200);
      for (const line of poor.answered) answered.add(line);
      await poor.close();
    });

    it('leads back to our own pages, whatever other hosts are allowed', async () => {
      const strict = await open({
        environment: { BASE_URL: 'http://localhost', ALLOWED_REDIRECT_HOSTS: 'app.example.com' },
      });
      const there = datilioOf(strict, clientOf(strict));
      const { pro } = await there.plans();
      expect((await there.checkout(await there.buyer(), pro)).status).toBe(200);
      await strict.close();
    });

    it('sells to one at a time: of two who come at once with one account neither pays twice', async () => {
      const who = await datilio.buyer();
      await datilio.subscribe(who, plans.team);
      const answers = await Promise.all([
        datilio.purchase(who, plans.team, 3),
        datilio.purchase(who, plans.team, 3),
      ]);
      for (const answer of answers) expect([200, 409]).toContain(answer.status);
      expect(answers.map(({ status }) => status)).toContain(200);
      await datilio.deliver();
      expect(await datilio.planOf(who)).toMatchObject({
        plan_id: plans.team,
        end_date: iso(plus(NOW, 90 * DAY)),
      });
      expect(await datilio.charges(who)).toHaveLength(2);
    });
  });
};
