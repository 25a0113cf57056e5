import { describe, expect, it } from 'vitest';
import { memoryProcessor } from '../../../src/adapters/memory/billing/processor.js';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { DAY, HOUR, instant } from '../../../src/domain/shared/time.js';
import type { ConnectionRef } from '../../../src/ports/billing/processor.js';
import { HERE, MONTHLY } from './processor.rig.js';

const THERE = 'another-seller' as ConnectionRef;
const BEGIN = instant(Date.UTC(2026, 0, 31, 12));

const begin = async () => {
  const memory = memoryProcessor({
    clock: fixedClock(BEGIN),
    sellers: () => [
      { connection: HERE, secrets: ['a secret'] },
      { connection: THERE, secrets: ['another secret'] },
    ],
  });
  const hooks = memory.hooks(HERE);
  const person = { key: 'c', name: 'Ada', labels: {} };
  const customer = (await memory.checkout.ensureCustomer(HERE, person))._unsafeUnwrap();
  const price = hooks.addPrice({
    productId: 'prod_1',
    active: true,
    currency: 'usd',
    amount: 1_000n,
    every: MONTHLY,
    metered: false,
  });
  return { memory, hooks, customer, price };
};

describe('the memory processor: what others do there', () => {
  it('makes the subscription when somebody pays on the page, and tells so in events that its door takes', async () => {
    const { memory, hooks, customer, price } = await begin();
    const opened = await memory.checkout.open(HERE, {
      key: 's',
      customer,
      mode: 'subscription',
      price,
      successUrl: 'https://shop.test/done',
      cancelUrl: 'https://shop.test/back',
      labels: { project: 'p-1' },
    });
    const { id } = opened._unsafeUnwrap();
    hooks.complete(id);
    const [made] = (await memory.subscriptions.ofCustomer(HERE, customer))._unsafeUnwrap();
    expect(made).toMatchObject({ price, status: 'active', labels: { project: 'p-1' } });
    const events = hooks.takeEvents();
    expect(hooks.takeEvents()).toEqual([]);
    const read = events.map((event) => {
      const { raw, signature } = hooks.delivery(event);
      return memory.events.verify(raw, signature, hooks.now())._unsafeUnwrap();
    });
    expect(read.find(({ type }) => type === 'checkout.session.completed')).toMatchObject({
      connection: HERE,
      customer,
      checkoutSessionId: id,
      subscriptionId: made?.id,
    });
    expect(read.map(({ type }) => type)).toContain('customer.subscription.created');
    expect(() => hooks.complete(id)).toThrow();
  });

  it('keeps the accounts of two sellers apart', async () => {
    const { memory, customer, price } = await begin();
    const missing = { kind: 'processor_missing' };
    expect((await memory.catalogue.price(THERE, price))._unsafeUnwrapErr()).toMatchObject(missing);
    const portal = await memory.checkout.portal(THERE, { customer, returnUrl: 'https://shop.test' });
    expect(portal._unsafeUnwrapErr()).toMatchObject(missing);
    expect(memory.hooks(THERE).counts().customers).toBe(0);
  });

  it('falls behind with the payment when the card fails at the renewal', async () => {
    const { memory, hooks, customer, price } = await begin();
    hooks.keepCard(customer, 'pays');
    const id = hooks.subscribe(customer, [price]);
    hooks.keepCard(customer, 'declines');
    memory.advance(32 * DAY);
    expect((await memory.subscriptions.get(HERE, id))._unsafeUnwrap().status).toBe('past_due');
    const { items } = (await memory.invoices.list(HERE, customer, 10))._unsafeUnwrap();
    expect(items.map(({ status, amountPaid }) => [status, amountPaid])).toEqual([
      ['open', 0n],
      ['paid', 1_000n],
    ]);
  });

  it('bills what was used in the last period of a subscription that ends', async () => {
    const { memory, hooks, customer, price } = await begin();
    hooks.keepCard(customer, 'pays');
    const usage = hooks.addPrice({
      productId: 'prod_2',
      active: true,
      currency: 'usd',
      amount: undefined,
      every: MONTHLY,
      metered: true,
    });
    const id = hooks.subscribe(customer, [price, usage]);
    (
      await memory.meters.report(HERE, { key: 'u', customer, cents: 77n, usedAt: hooks.now() })
    )._unsafeUnwrap();
    (await memory.subscriptions.setCancelAtPeriodEnd(HERE, { id, cancel: true, key: 'k' }))._unsafeUnwrap();
    expect((await memory.invoices.upcoming(HERE, id))._unsafeUnwrap()?.amountDue).toBe(77n);
    memory.advance(28 * DAY + HOUR);
    const [last] = (await memory.invoices.list(HERE, customer, 1))._unsafeUnwrap().items;
    expect(last).toMatchObject({ amountDue: 77n, hasUsageLines: true });
  });

  it('hands out copies, so that nobody can edit the account', async () => {
    const { memory, hooks, customer, price } = await begin();
    hooks.keepCard(customer, 'pays');
    const id = hooks.subscribe(customer, [price]);
    const seen = (await memory.subscriptions.get(HERE, id))._unsafeUnwrap();
    Object.assign(seen, { price: 'mine' });
    Object.assign(seen.period, { end: 0 });
    const again = (await memory.subscriptions.get(HERE, id))._unsafeUnwrap();
    expect(again.price).toBe(price);
    expect(again.period.end).toBeGreaterThan(again.period.start);
  });
});
