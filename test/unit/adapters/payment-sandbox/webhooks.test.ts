import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { monthly, receiver, rig, seconds, stripeAt, subscribed } from './rig.js';

describe('webhooks of the payment sandbox', () => {
  it('are signed as the SDK verifies them, and only with their own secret and bytes', async () => {
    const { url, received } = await receiver();
    const { sandbox, stripe } = await rig(undefined, { webhookUrl: url });
    const customer = await stripe.customers.create({ email: 'a@example.com' });
    await sandbox.delivered();

    const [{ body, signature } = { body: '', signature: '' }] = received;
    const at = seconds('2024-06-01T00:00:00Z') * 1_000;
    const verify = (text: string, secret: string) =>
      stripe.webhooks.constructEvent(text, signature, secret, 300, undefined, at);
    const event = verify(body, sandbox.webhookSecret);
    expect(event).toMatchObject({
      type: 'customer.created',
      data: { object: { id: customer.id } },
      livemode: false,
    });
    expect(await stripe.events.retrieve(event.id)).toMatchObject({ id: event.id, pending_webhooks: 0 });
    expect(() => verify(`${body} `, sandbox.webhookSecret)).toThrow();
    expect(() => verify(body, 'whsec_other')).toThrow();
  });

  it('tell of a subscription from its start to its end, with what was different before', async () => {
    const { url, received } = await receiver();
    const { sandbox, stripe, goTo } = await rig(undefined, { webhookUrl: url });
    const subscription = await subscribed(stripe, await monthly(stripe, 1_000));
    await stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true });
    await goTo('2024-07-01T00:00:00Z');
    await sandbox.delivered();

    const billing = received.filter(({ type }) => /^(customer\.subscription|invoice)\./.test(type));
    expect(billing.map(({ type }) => type)).toEqual([
      'customer.subscription.created',
      'invoice.created',
      'invoice.finalized',
      'invoice.paid',
      'invoice.payment_succeeded',
      'customer.subscription.updated',
      'customer.subscription.updated',
      'customer.subscription.deleted',
    ]);
    const bodies = billing.map(
      ({ body }) => JSON.parse(body) as { data: Record<string, object>; created: number },
    );
    expect(bodies[0]?.data['object']).toMatchObject({ status: 'incomplete' });
    expect(bodies[5]?.data).toMatchObject({
      object: { status: 'active' },
      previous_attributes: { status: 'incomplete', latest_invoice: null },
    });
    expect(bodies[6]?.data['previous_attributes']).toMatchObject({ cancel_at_period_end: false });
    expect(bodies[7]?.created).toBe(seconds('2024-07-01T00:00:00Z'));
    expect(
      (await stripe.events.list({ types: ['invoice.paid', 'customer.subscription.deleted'] })).data,
    ).toHaveLength(2);
  });

  it('are sent again until they are taken, and given up after the last delay', async () => {
    const { url, received } = await receiver((count) => (count < 3 ? 500 : 200));
    const { sandbox, stripe } = await rig(undefined, { webhookUrl: url, retryDelays: [5, 10] });
    const { id } = await stripe.customers.create({});
    await sandbox.delivered();
    expect(received.map((one) => one.id)).toEqual(Array(3).fill(received[0]?.id));
    expect(received[2]?.body).toContain(id);

    const dead = await receiver(() => 503);
    sandbox.deliverTo(dead.url);
    await stripe.customers.create({});
    await sandbox.delivered();
    expect(dead.received).toHaveLength(3);
  });

  it('come twice, late or in another order when a test asks for it', async () => {
    const { url, received } = await receiver();
    const { sandbox, stripe } = await rig(undefined, { webhookUrl: url });
    sandbox.faults.copies(2);
    await stripe.customers.create({});
    await sandbox.delivered();
    expect(received.map(({ id }) => id)).toEqual([received[0]?.id, received[0]?.id]);

    sandbox.faults.clear();
    sandbox.faults.hold();
    await stripe.products.create({ name: 'A' });
    await stripe.customers.create({});
    await sandbox.delivered();
    expect(received).toHaveLength(2);
    const held = sandbox.faults.held();
    expect(held.map(({ type }) => type)).toEqual(['product.created', 'customer.created']);
    await sandbox.faults.release(held.map(({ id }) => id).reverse());
    expect(received.slice(2).map(({ type }) => type)).toEqual(['customer.created', 'product.created']);
    expect(sandbox.faults.held()).toEqual([]);
  });
});

describe('the file of a payment sandbox', () => {
  it('brings back what was there, its secrets and the events that nobody has taken yet', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'sandbox-')), 'state.json');
    const first = await rig(undefined, { file });
    const price = await monthly(first.stripe, 700);
    const subscription = await subscribed(first.stripe, price);
    const key = { idempotencyKey: 'once' };
    const customer = await first.stripe.customers.create({ name: 'Kept' }, key);
    await first.sandbox.close();

    const { url, received } = await receiver();
    const second = await rig('2024-07-01T00:00:00Z', { file, webhookUrl: url });
    expect([second.sandbox.apiKey, second.sandbox.webhookSecret]).toEqual([
      first.sandbox.apiKey,
      first.sandbox.webhookSecret,
    ]);
    const stripe = stripeAt(second.sandbox);
    expect((await stripe.customers.create({ name: 'Kept' }, key)).id).toBe(customer.id);
    expect((await stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(2);
    await second.sandbox.delivered();
    expect(received.map(({ type }) => type)).toContain('customer.subscription.created');
  });
});
