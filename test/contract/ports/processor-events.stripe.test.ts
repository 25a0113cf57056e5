import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { startPaymentSandbox } from '../../../src/adapters/payment-sandbox/start.js';
import { stripeEvents } from '../../../src/adapters/stripe/processor-events.js';
import { systemIds } from '../../../src/adapters/system/ids.js';
import { systemRandom } from '../../../src/adapters/system/random.js';
import { instant, SECOND } from '../../../src/domain/shared/time.js';
import type { ConnectionRef } from '../../../src/ports/billing/processor.js';
import { processorEventsContract } from './processor-events.contract.js';

const sdk = new Stripe('sk_test_none');
const AT = instant(1_750_000_000_000);
const HERE = 'platform' as ConnectionRef;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Written down from the documents: the bytes, the moment before them, SHA-256. */
const v1 = (raw: Uint8Array, at: number, secret: string): string =>
  createHmac('sha256', secret).update(`${at}.`).update(raw).digest('hex');

const sign = (raw: Uint8Array, at: number, secret: string): string =>
  `t=${at / SECOND},v1=${v1(raw, at / SECOND, secret)}`;

const envelope = (object: object, type = 'a.type'): string =>
  JSON.stringify({
    id: 'evt_1',
    object: 'event',
    api_version: '2026-10-28.endive',
    created: AT / SECOND,
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: null,
    type,
  });

processorEventsContract('stripe', {
  events: (secrets) => stripeEvents(() => secrets),
  write: ({ id, type, customer, subscriptionId, checkoutSessionId }, at) =>
    JSON.stringify({
      id,
      object: 'event',
      type,
      created: at / SECOND,
      data: {
        object: checkoutSessionId
          ? { object: 'checkout.session', id: checkoutSessionId, customer, subscription: subscriptionId }
          : { object: 'subscription', id: subscriptionId, customer },
      },
    }),
  sign,
});

describe('stripe: webhooks as Stripe writes them', () => {
  const { verify } = stripeEvents(() => [{ connection: HERE, secrets: ['whsec_a'] }]);
  const read = (object: object) => {
    const raw = bytes(envelope(object));
    return verify(raw, sign(raw, AT, 'whsec_a'), AT)._unsafeUnwrap();
  };

  it('takes what the SDK signs for tests', () => {
    const payload = envelope({ object: 'customer', id: 'cus_1' });
    const header = sdk.webhooks.generateTestHeaderString({
      payload,
      secret: 'whsec_a',
      timestamp: AT / SECOND,
    });
    expect(verify(bytes(payload), header, AT)._unsafeUnwrap()).toMatchObject({ customer: 'cus_1' });
  });

  it('finds the one signature that fits among those of other secrets and schemes', () => {
    const raw = bytes(envelope({ object: 'customer', id: 'cus_1' }));
    const t = AT / SECOND;
    const header = `t=${t},v1=${v1(raw, t, 'whsec_b')},v1=${v1(raw, t, 'whsec_a')},v0=${v1(raw, t, 'x')}`;
    expect(verify(raw, header, AT).isOk()).toBe(true);
    expect(verify(raw, `t=${t},v0=${v1(raw, t, 'whsec_a')}`, AT).isErr()).toBe(true);
  });

  it('finds customer and subscription on an invoice, named or there whole', () => {
    const details = (subscription: unknown) => ({ subscription_details: { subscription } });
    const invoice = { object: 'invoice', id: 'in_1', customer: 'cus_1' };
    const found = { customer: 'cus_1', subscriptionId: 'sub_1' };
    expect(read({ ...invoice, parent: details('sub_1') })).toMatchObject(found);
    expect(read({ ...invoice, customer: { id: 'cus_1' }, parent: details({ id: 'sub_1' }) })).toMatchObject(
      found,
    );
    expect(read({ ...invoice, parent: null })).not.toHaveProperty('subscriptionId');
  });

  it('takes an event about something that is of no use to us', () => {
    const { id, type } = read({ object: 'payout', id: 'po_1' });
    expect({ id, type }).toEqual({ id: 'evt_1', type: 'a.type' });
    expect(read({ object: 'balance', customer: null })).not.toHaveProperty('customer');
  });

  it('takes what the payment sandbox posts, byte for byte', async () => {
    const received: { readonly raw: Buffer; readonly signature: string | undefined }[] = [];
    const door = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const signature = request.headers['stripe-signature'];
      received.push({ raw: Buffer.concat(parts), signature: String(signature) });
      response.end();
    });
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
    const clock = fixedClock(AT);
    const sandbox = await startPaymentSandbox({ clock, ids: systemIds, random: systemRandom });
    sandbox.deliverTo(`http://127.0.0.1:${(door.address() as AddressInfo).port}/hook`);
    const { hostname, port } = new URL(sandbox.url);
    const api = new Stripe(sandbox.apiKey, { host: hostname, port, protocol: 'http' });
    const customer = await api.customers.create({ name: 'Ada' });
    await sandbox.delivered();
    const { verify: check } = stripeEvents(() => [{ connection: HERE, secrets: [sandbox.webhookSecret] }]);
    const [first] = received.map(({ raw, signature }) => check(raw, signature, AT)._unsafeUnwrap());
    expect(first).toMatchObject({ type: 'customer.created', customer: customer.id, connection: HERE });
    await sandbox.close();
    await new Promise<void>((resolve) => {
      door.close(() => resolve());
      door.closeAllConnections();
    });
  });
});
