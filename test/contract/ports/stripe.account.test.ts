import Stripe from 'stripe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { startPaymentSandbox } from '../../../src/adapters/payment-sandbox/start.js';
import { apiBaseOf } from '../../../src/adapters/stripe/api-base.js';
import { type StripeProcessor, stripeProcessor } from '../../../src/adapters/stripe/stripe-processor.js';
import { systemIds } from '../../../src/adapters/system/ids.js';
import { systemRandom } from '../../../src/adapters/system/random.js';
import { instant } from '../../../src/domain/shared/time.js';
import { HERE } from './processor.rig.js';

const BEGIN = instant(Date.UTC(2026, 0, 31, 12));
const BOUGHT_HERE = { account: 'an account', customer: 'a customer' };

let sandbox: Awaited<ReturnType<typeof startPaymentSandbox>>;
let sdk: Stripe;
let processor: StripeProcessor;
beforeEach(async () => {
  sandbox = await startPaymentSandbox({ clock: fixedClock(BEGIN), ids: systemIds, random: systemRandom });
  const { hostname, port } = new URL(sandbox.url);
  sdk = new Stripe(sandbox.apiKey, { host: hostname, port, protocol: 'http' });
  processor = stripeProcessor({
    connections: () => ({ apiKey: sandbox.apiKey, apiBase: apiBaseOf(sandbox.url)._unsafeUnwrap() }),
    webhooks: () => [],
  });
});
afterEach(() => sandbox.close());

const price = async (amount: number): Promise<string> => {
  const product = await sdk.products.create({ name: 'A plan' });
  const recurring = { interval: 'month' as const };
  const terms = { product: product.id, currency: 'usd', unit_amount: amount, recurring };
  return (await sdk.prices.create(terms)).id;
};
const customer = async (): Promise<string> => {
  const { id } = await sdk.customers.create({ name: 'A payer' });
  const method = await sdk.paymentMethods.attach('pm_card_visa', { customer: id });
  await sdk.customers.update(id, { invoice_settings: { default_payment_method: method.id } });
  return id;
};
const subscribe = async (who: string, amounts: readonly number[], metadata = {}): Promise<string> => {
  const items = await Promise.all(amounts.map(async (amount) => ({ price: await price(amount) })));
  return (await sdk.subscriptions.create({ customer: who, items, metadata })).id;
};
const ofCustomer = (who: string) => processor.subscriptions.ofCustomer(HERE, who);

describe('stripe: a cancellation in its own portal', () => {
  const inPortal = async (who: string, action: 'cancel' | 'resume', subscription: string) => {
    const { url } = await sdk.billingPortal.sessions.create({ customer: who });
    await fetch(url, { method: 'POST', body: new URLSearchParams({ action, subscription }) });
    return (await processor.subscriptions.get(HERE, subscription))._unsafeUnwrap().cancelAtPeriodEnd;
  };
  const set = async (id: string, cancel: boolean) =>
    (
      await processor.subscriptions.setCancelAtPeriodEnd(HERE, { id, cancel, key: systemIds.next() })
    )._unsafeUnwrap().cancelAtPeriodEnd;

  it('is seen though no flag is set, and is taken back here or there, whichever way it was made', async () => {
    const who = await customer();
    const id = await subscribe(who, [1_000]);
    const flag = async () => {
      const { cancel_at_period_end, cancel_at } = await sdk.subscriptions.retrieve(id);
      return [cancel_at_period_end, cancel_at !== null];
    };
    expect(await inPortal(who, 'cancel', id)).toBe(true);
    expect(await flag()).toEqual([false, true]);
    expect(await set(id, true)).toBe(true);
    expect(await set(id, false)).toBe(false);
    expect(await flag()).toEqual([false, false]);
    expect(await set(id, true)).toBe(true);
    expect(await flag()).toEqual([true, true]);
    expect(await inPortal(who, 'resume', id)).toBe(false);
    expect(await flag()).toEqual([false, false]);
    expect(await set(id, true)).toBe(true);
    expect(await set(id, false)).toBe(false);
    expect((await ofCustomer(who))._unsafeUnwrap()).toMatchObject([{ id, cancelAtPeriodEnd: false }]);
  });
});

describe('stripe: a customer of others too', () => {
  it('can be read whatever they have sold, and whatever has ended', async () => {
    const who = await customer();
    const ended = await subscribe(who, [100, 200], BOUGHT_HERE);
    await sdk.subscriptions.cancel(ended);
    await subscribe(who, [300, 400], { support: 'gold' });
    const ours = await subscribe(who, [1_000], BOUGHT_HERE);
    const seen = (await ofCustomer(who))._unsafeUnwrap();
    expect(new Map(seen.map(({ id, status }) => [id, status]))).toEqual(
      new Map([
        [ours, 'active'],
        [ended, 'canceled'],
      ]),
    );
    expect((await processor.subscriptions.get(HERE, ended))._unsafeUnwrap().status).toBe('canceled');
  });

  it('is not read past one that was bought here and is of no one plan any more', async () => {
    const who = await customer();
    await subscribe(who, [300, 400], BOUGHT_HERE);
    await subscribe(who, [1_000], BOUGHT_HERE);
    expect((await ofCustomer(who))._unsafeUnwrapErr()).toMatchObject({ code: 'not_one_plan' });
  });
});

describe('stripe: a failure that is kept under its key', () => {
  const twice = async <T>(ask: () => Promise<{ isOk: () => boolean } & T>): Promise<readonly boolean[]> => [
    (await ask()).isOk(),
    (await ask()).isOk(),
  ];

  it.each([
    ['POST /v1/prices', 'kept_error_before'],
    ['POST /v1/prices', 'kept_error_after'],
    ['POST /v1/products', 'kept_error_before'],
    ['POST /v1/products', 'kept_error_after'],
    ['POST /v1/billing/meters', 'kept_error_before'],
    ['POST /v1/billing/meters', 'kept_error_after'],
  ] as const)('of %s (%s) stops no sale: all share that key, and there is one of it', async (call, fault) => {
    sandbox.faults.next(fault, { call });
    const terms = { currency: 'usd', every: { interval: 'month', count: 1 } } as const;
    const ask = () => processor.catalogue.ensureUsagePrice(HERE, terms);
    const [first, second] = [(await ask())._unsafeUnwrap(), (await ask())._unsafeUnwrap()];
    expect(second).toEqual(first);
    expect((await sdk.prices.list({ limit: 100 })).data).toHaveLength(1);
    expect((await sdk.billing.meters.list({ limit: 100 })).data).toHaveLength(1);
  });

  it.each(['kept_error_before', 'kept_error_after'] as const)('makes a customer once (%s)', async (fault) => {
    sandbox.faults.next(fault, { call: 'POST /v1/customers' });
    const person = { key: systemIds.next(), name: 'A payer', labels: BOUGHT_HERE };
    expect(await twice(async () => processor.checkout.ensureCustomer(HERE, person))).toEqual([false, true]);
    expect((await sdk.customers.list({ limit: 100 })).data).toHaveLength(1);
  });

  it('opens a page under the next key, also where that has one kept', async () => {
    sandbox.faults.next('kept_error_before', { call: 'POST /v1/checkout/sessions', times: 3 });
    const urls = { successUrl: 'https://shop.test/done', cancelUrl: 'https://shop.test/back' };
    const who = await customer();
    const terms = {
      key: systemIds.next(),
      customer: who,
      mode: 'subscription',
      ...urls,
      labels: {},
    } as const;
    const wanted = { ...terms, price: await price(1_000) };
    const open = async () => processor.checkout.open(HERE, wanted);
    expect(await twice(open)).toEqual([false, false]);
    const opened = (await open())._unsafeUnwrap();
    expect((await open())._unsafeUnwrap()).toEqual(opened);
  });

  it.each(['kept_error_before', 'kept_error_after'] as const)(
    'changes and charges once, and only after a look (%s)',
    async (fault) => {
      const who = await customer();
      const id = await subscribe(who, [1_000], BOUGHT_HERE);
      const dear = await price(3_000);
      const change = { id, price: dear, at: BEGIN, key: systemIds.next() };
      sandbox.faults.next(fault, { call: 'POST /v1/subscriptions/' });
      expect(await twice(async () => processor.subscriptions.changePrice(HERE, change))).toEqual([
        false,
        true,
      ]);
      const paid = await sdk.invoices.list({ status: 'paid', limit: 100 });
      expect(paid.data.map(({ amount_paid }) => amount_paid)).toEqual([2_000, 1_000]);
      const cancel = { id, cancel: true, key: systemIds.next() };
      sandbox.faults.next(fault, { call: 'POST /v1/subscriptions/' });
      const flag = async () => processor.subscriptions.setCancelAtPeriodEnd(HERE, cancel);
      expect((await twice(flag))[1]).toBe(true);
      expect((await flag())._unsafeUnwrap().cancelAtPeriodEnd).toBe(true);
    },
  );
});
