import { errAsync } from 'neverthrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Delivery, signedBytes } from '../../../src/adapters/memory/billing/processor-events.js';
import { PLATFORM_CONNECTION } from '../../../src/application/billing/events/connections.js';
import { ports } from '../../../src/composition/tokens.js';
import { MINUTE, plus } from '../../../src/domain/shared/time.js';
import { rebind, type TestApp, WEBHOOK_SECRET } from '../../support/app.js';
import { type Client, clientOf } from '../../support/client.js';
import { type Paying, payingOf } from './billing.rig.js';
import type { Open } from './rig.js';
import { CHECKOUT, type Organizations, organizationsOf, sellPlan, WEBHOOK } from './sentryagent.rig.js';

/** The second door for what Stripe tells: the same pipeline behind it, and words of its own. */
export const sentryAgentWebhookScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let organizations: Organizations;
  let paying: Paying;
  beforeAll(async () => {
    app = await open();
    call = clientOf(app);
    organizations = organizationsOf(call);
    paying = payingOf(app, call);
    await sellPlan(app, call, 'team', 1_900n);
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual([]);
    await app.close();
  });

  const post = (client: Client, { raw, signature }: Delivery, headers = {}) =>
    client(WEBHOOK, {
      bytes: raw,
      headers: { 'content-type': 'application/json', 'stripe-signature': signature, ...headers },
    });
  const paid = async () => {
    const payer = await organizations.organization();
    const opened = await call(CHECKOUT, { token: payer.token });
    paying.processor.complete(opened.body.checkoutUrl.split('/').at(-1));
    return {
      payer,
      deliveries: paying.processor.takeEvents().map((event) => paying.processor.delivery(event)),
    };
  };
  const bytesOf = (text: string): Delivery =>
    signedBytes(new TextEncoder().encode(text), app.clock.now(), WEBHOOK_SECRET);

  describe('an event', () => {
    it('takes effect through this door as through the other, however often it comes', async () => {
      const { payer, deliveries } = await paid();
      expect(deliveries.length).toBeGreaterThan(0);
      for (const delivery of [...deliveries, ...deliveries]) {
        const heard = await post(call, delivery);
        expect([heard.status, heard.body]).toEqual([200, { received: true }]);
        const other = await paying.post(delivery.raw, delivery.signature);
        expect(other.status).toBe(200);
      }
      expect((await organizations.subscription(payer)).status).toBe('active');
      expect(paying.processor.counts().subscriptions).toBe(1);
    });

    it('of a customer whom nobody here knows is heard and does nothing', async () => {
      const before = await app.everyRow();
      const at = app.clock.now();
      const heard = await post(
        call,
        bytesOf(
          JSON.stringify({ id: 'evt_other', type: 'invoice.payment_failed', at, customer: 'cus_other' }),
        ),
      );
      expect([heard.status, heard.body]).toEqual([200, { received: true }]);
      expect((await app.everyRow()).length).toBeGreaterThan(before.length);
      expect(await app.everyRow()).toContain('"sentryagent"');
    });

    it('is refused without the header, in the words of the contract', async () => {
      const [{ raw }] = (await paid()).deliveries as [Delivery];
      for (const headers of [{}, { 'stripe-signature': '' }]) {
        const refused = await call(WEBHOOK, {
          bytes: raw,
          headers: { 'content-type': 'application/json', ...headers },
        });
        expect([refused.status, refused.body.code, refused.body.message]).toEqual([
          400,
          'VALIDATION_ERROR',
          'Missing Stripe-Signature header.',
        ]);
      }
    });

    it('is refused when signature and bytes do not belong together', async () => {
      const { payer, deliveries } = await paid();
      const [first] = deliveries as [Delivery];
      const text = new TextDecoder().decode(first.raw);
      const spaced = new TextEncoder().encode(JSON.stringify(JSON.parse(text), undefined, 1));
      const stranger = signedBytes(first.raw, app.clock.now(), 'another secret');
      const stale = signedBytes(first.raw, plus(app.clock.now(), -6 * MINUTE), WEBHOOK_SECRET);
      for (const bad of [
        { raw: spaced, signature: first.signature },
        { raw: first.raw, signature: 't=1,v1=00' },
        stranger,
        stale,
      ]) {
        const refused = await post(call, bad);
        expect([refused.status, refused.body.code]).toEqual([400, 'STRIPE_SIGNATURE_INVALID']);
      }
      expect((await organizations.subscription(payer)).subscription_id).toBe('');
    });

    it('is refused when it is signed and still no event, or larger than any', async () => {
      for (const text of ['{', '[]', '{"id":7}', '']) {
        const refused = await post(call, bytesOf(text));
        expect([text, refused.status, refused.body.code]).toEqual([text, 400, 'VALIDATION_ERROR']);
      }
      const large = await post(call, bytesOf(JSON.stringify({ x: 'x'.repeat(1024 * 1024) })));
      expect([large.status, large.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    });

    it('that another works on is answered with 500, so that it comes again, and then goes through', async () => {
      const { payer, deliveries } = await paid();
      const inbound = app.container.get(ports.inboundEvents);
      const at = app.clock.now();
      for (const { raw } of deliveries) {
        const { id, type } = JSON.parse(new TextDecoder().decode(raw));
        const event = { connection: PLATFORM_CONNECTION, id, type, door: 'a process that died' };
        expect((await inbound.claim(event, at, plus(at, MINUTE)))._unsafeUnwrap().kind).toBe('claimed');
      }
      for (const delivery of deliveries) {
        const held = await post(call, delivery);
        expect([held.status, held.body.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
      }
      expect((await organizations.subscription(payer)).subscription_id).toBe('');
      app.clock.advance(MINUTE);
      for (const delivery of deliveries) expect((await post(call, delivery)).status).toBe(200);
      expect((await organizations.subscription(payer)).status).toBe('active');
      app.clock.advance(-MINUTE);
    });

    it('that cannot be written down is answered with 500, too', async () => {
      const down = () =>
        errAsync({ kind: 'unavailable' as const, dependency: 'test', cause: new Error('down') });
      const there = await open({
        override: (container) =>
          rebind(container, ports.inboundEvents, { claim: down, close: down, conclude: down, release: down }),
      });
      const text = JSON.stringify({ id: 'evt_1', type: 'invoice.paid', at: there.clock.now() });
      const failed = await post(clientOf(there), bytesOf(text));
      expect([failed.status, failed.body.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
      expect(failed.text).not.toContain('down');
      expect(there.complaints.length).toBe(1);
      for (const line of there.answered) answered.add(line);
      await there.close();
    });
  });
};
