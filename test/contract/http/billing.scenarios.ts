import { describe, expect, it } from 'vitest';
import { DAY, iso, MINUTE, plus, SECOND } from '../../../src/domain/shared/time.js';
import { NOW, type TestApp } from '../../support/app.js';
import type { Client, World } from '../../support/client.js';
import { AWAY, type Paying, type Prices, payingOf } from './billing.rig.js';
import { makePlatformAdmin } from './fleet.rig.js';
import { type Open, onStage } from './rig.js';

const unix = (at: number) => Math.floor(at / SECOND);

/** A project that pays for a plan. */
export const billingScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  let paying: Paying;
  let solo: Prices;
  let team: Prices;
  /** Of the owner, for billing: unlike a session it does not end while time is moved on. */
  let key: string;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
    paying = payingOf(app, call);
  });
  const project = (rest: string, json?: unknown, headers = {}) => {
    const [method, path = ''] = rest.split(' ');
    return call(`${method} /v1/projects/${here.projectId}${path}`, {
      token: key,
      ...(json !== undefined && { json }),
      headers,
    });
  };
  const said = async (rest: string, json?: unknown) => {
    const { status, body } = await project(rest, json);
    return [status, body?.error?.code];
  };
  const checkout = (json: object) => paying.checkout(here.projectId, key, json);
  const invoices = async () => (await project('GET /invoices')).body.items;
  const counts = () => paying.processor.counts();

  describe('a project', () => {
    it('without a subscription has empty words, zeros, no invoices, and nothing to change', async () => {
      await makePlatformAdmin(app, here.owner);
      const asked = { token: here.owner.token, json: { name: 'Biller', scopes: ['billing'] } };
      key = (await call('POST /v1/api-keys', asked)).body.key;
      solo = paying.prices('prod_solo', 1_000n);
      team = paying.prices('prod_team', 3_000n);
      await paying.sell(here.owner.token, 'Solo', solo);
      await paying.sell(here.owner.token, 'Team', team);
      expect(await project('GET /subscription')).toMatchObject({
        status: 200,
        body: {
          subscription_id: '',
          status: '',
          price_id: '',
          cancel_at_period_end: false,
          current_period_start: 0,
          current_period_end: 0,
        },
      });
      expect((await project('GET /invoices')).body).toEqual({ items: [], has_more: false });
      expect(await project('GET /upcoming_invoice')).toMatchObject({ status: 204, text: '' });
      expect(await said('POST /portal_session', { return_url: 'https://app.example.com' })).toEqual([
        400,
        'no_customer',
      ]);
      const price_id = solo.monthly;
      for (const rest of ['/subscription:preview-change', '/plan'])
        expect(await said(`POST ${rest}`, { price_id })).toEqual([409, 'no_subscription']);
      for (const rest of ['cancel', 'resume'])
        expect(await said(`POST /subscription/${rest}`)).toEqual([409, 'no_subscription']);
    });

    it('is granted nothing by a payment, and keeps a card without a price', async () => {
      const once = paying.price({ every: undefined });
      for (const json of [
        { price_id: once, mode: 'payment' },
        { price_id: 'ignored', mode: 'setup' },
      ]) {
        const session = await checkout(json);
        expect(session.status).toBe(200);
        paying.processor.complete(session.body.session_id);
        await paying.deliver();
      }
      expect((await project('GET /subscription')).body.subscription_id).toBe('');
    });

    it('is subscribed once its payment is told of, and shows it', async () => {
      const headers = { 'idempotency-key': 'checkout' };
      const json = { ...AWAY, price_id: solo.monthly };
      const session = await project('POST /checkout_session', json, headers);
      expect(session.body).toEqual({
        url: expect.stringContaining('https://'),
        session_id: expect.any(String),
      });
      const again = await project('POST /checkout_session', json, headers);
      expect([again.status, again.body]).toEqual([200, session.body]);
      const rows = await app.everyRow();
      for (const [name, url] of [
        ['successUrl', AWAY.success_url],
        ['cancelUrl', AWAY.cancel_url],
      ])
        expect(rows).toMatch(new RegExp(`"${name}":\\s*"${url}"`));
      const other = await project('POST /checkout_session', { ...json, mode: 'setup' }, headers);
      expect([other.status, other.body.error.code]).toEqual([422, 'idempotency_key_reused']);
      paying.processor.complete(session.body.session_id);
      expect((await project('GET /subscription')).body.status).toBe('');
      await paying.deliver();
      const { body } = await project('GET /subscription');
      expect(body).toEqual({
        subscription_id: expect.stringMatching(/^sub_/),
        status: 'active',
        price_id: solo.monthly,
        cancel_at_period_end: false,
        current_period_start: unix(NOW),
        current_period_end: unix(Date.UTC(2026, 1, 15, 12)),
      });
      const second = await checkout({ price_id: team.monthly });
      expect([second.status, second.body.error.code]).toEqual([400, 'already_subscribed']);
      const shown = {
        stripe_customer_id: expect.stringMatching(/^cus_/),
        stripe_subscription_id: body.subscription_id,
        stripe_price_id: solo.monthly,
        stripe_subscription_status: 'active',
      };
      expect((await project('GET ')).body).toMatchObject(shown);
      const list = await call('GET /v1/projects', { token: key });
      expect(list.body.items).toMatchObject([shown]);
    });

    it('has a portal, invoices with a reason for each, and an invoice to come', async () => {
      const portal = await project('POST /portal_session', { return_url: 'http://127.0.0.1/back' });
      expect([portal.status, portal.body]).toEqual([200, { url: expect.stringContaining('https://') }]);
      expect(await said('POST /portal_session', { return_url: 'http://app.example.com/' })).toEqual([
        400,
        'url_not_allowed',
      ]);
      const period = { period_start: unix(NOW), period_end: unix(Date.UTC(2026, 1, 15, 12)) };
      const [first] = await invoices();
      expect(first).toMatchObject({
        number: expect.any(String),
        status: 'paid',
        amount_due_cents: 1_000,
        amount_paid_cents: 1_000,
        currency: 'usd',
        created: unix(NOW),
        ...period,
        reason: 'subscription_create',
        billing_reason: 'subscription_create',
      });
      expect(await project('GET /upcoming_invoice')).toMatchObject({
        status: 200,
        body: { amount_due_cents: 1_000, currency: 'usd', next_payment_attempt: period.period_end },
      });
    });

    it('is charged for a change what its preview said, though it takes a while to decide', async () => {
      app.clock.advance(10 * DAY);
      const asked = plus(NOW, 10 * DAY);
      const json = { price_id: team.monthly };
      const preview = await project('POST /subscription:preview-change', json);
      // 21 of 31 days: two thirds of a cent more on each side, rounded alone.
      const lines = [-677, 2_032].map((amount_cents) => ({ amount_cents, proration: true }));
      expect([preview.status, preview.body]).toMatchObject([
        200,
        { amount_due_cents: 1_355, currency: 'usd', quoted_at: iso(asked), lines },
      ]);
      app.clock.advance(9 * MINUTE);
      const { quoted_at } = preview.body;
      const headers = { 'idempotency-key': 'change' };
      const changed = await project('POST /plan', { ...json, quoted_at }, headers);
      expect([changed.status, changed.body.price_id]).toEqual([200, team.monthly]);
      const again = await project('POST /plan', { ...json, quoted_at }, headers);
      expect([again.status, again.body]).toEqual([200, changed.body]);
      expect((await project('POST /plan', json, headers)).status).toBe(422);
      const [newest, ...older] = await invoices();
      expect([newest.reason, newest.amount_paid_cents, older.length]).toEqual([
        'subscription_update',
        1_355,
        1,
      ]);
      const page = await project('GET /invoices?limit=1');
      expect([page.body.items, page.body.has_more]).toEqual([[newest], true]);
      const rest = await project(`GET /invoices?limit=1&page_token=${page.body.next_page_token}`);
      expect(rest.body).toEqual({ items: older, has_more: false });
      expect(await said('GET /invoices?page_token=x')).toEqual([400, 'invalid_page_token']);
      for (const rest of ['/plan', '/subscription:preview-change']) {
        expect(await said(`POST ${rest}`, json)).toEqual([400, 'same_price']);
        expect(await said(`POST ${rest}`, { price_id: 'price_nobody_made' })).toEqual([400, 'price_unknown']);
      }
      app.clock.advance(2 * MINUTE);
      expect(await said('POST /plan', { price_id: solo.monthly, quoted_at })).toEqual([400, 'quote_expired']);
      const tomorrow = iso(plus(asked, DAY));
      expect(await said('POST /plan', { price_id: solo.monthly, quoted_at: tomorrow })).toEqual([
        400,
        'quote_expired',
      ]);
    });

    it('stays as it is when the card says no to a change', async () => {
      app.payments.faults.next('declined', { call: 'changePrice' });
      const refused = await project('POST /plan', { price_id: team.yearly });
      expect([refused.status, refused.body.error.code]).toEqual([402, 'payment_declined']);
      expect(refused.body.error.message).toContain('generic_decline');
      expect((await project('GET /subscription')).body.price_id).toBe(team.monthly);
    });

    it('is cancelled at the end of its period, once, and resumed, once', async () => {
      await paying.deliver();
      const cancelled = await project('POST /subscription/cancel');
      expect([cancelled.status, cancelled.body.cancel_at_period_end]).toEqual([200, true]);
      expect(await said('POST /subscription/cancel')).toEqual([409, 'already_cancelling']);
      for (const rest of ['/plan', '/subscription:preview-change'])
        expect(await said(`POST ${rest}`, { price_id: solo.monthly })).toEqual([
          409,
          'change_while_cancelling',
        ]);
      expect((await project('GET /upcoming_invoice')).status).toBe(204);
      const resumed = await project('POST /subscription/resume');
      expect([resumed.status, resumed.body.cancel_at_period_end]).toEqual([200, false]);
      expect(await said('POST /subscription/resume')).toEqual([409, 'not_cancelling']);
    });

    it('that lets its period end is subscribed no more, and may be anew', async () => {
      await project('POST /subscription/cancel');
      app.clock.advance(31 * DAY);
      app.payments.advance(0);
      await paying.deliver();
      expect((await project('GET /subscription')).body).toMatchObject({ status: 'canceled' });
      expect(await said('POST /subscription/resume')).toEqual([409, 'no_subscription']);
      await paying.subscribe(here.projectId, key, team.yearly);
      expect(counts()).toMatchObject({ customers: 1, subscriptions: 2 });
    });

    it('is not deleted while it pays, and is told that this is why', async () => {
      const json = { name: 'Empty, and paid for' };
      const empty = (await call('POST /v1/projects', { token: key, json })).body.id;
      await paying.subscribe(empty, key, solo.monthly);
      const refused = await call(`DELETE /v1/projects/${empty}`, { token: key });
      expect([refused.status, refused.body.error.code]).toEqual([409, 'project_not_empty']);
      expect(refused.body.error.message).toContain('live subscription');
    });
  });
};
