import { expect } from 'vitest';
import { PLATFORM_CONNECTION } from '../../../src/application/billing/events/connections.js';
import { currency } from '../../../src/domain/billing/currency.js';
import type { UserId } from '../../../src/domain/shared/ids.js';
import { DAY } from '../../../src/domain/shared/time.js';
import { freshEmail, PASSWORD, person } from '../../support/client.js';
import type { Outside, Process } from '../../support/crash.js';
import { newKey, projectOf } from './accounts.operations.js';
import type { Operation } from './trial.js';

const AWAY = { success_url: 'https://app.example.com/paid', cancel_url: 'https://app.example.com/left' };
const MONTH = { interval: 'month', count: 1 } as const;
const YEAR = { interval: 'year', count: 1 } as const;

const hooksOf = ({ payments }: Outside) => payments.hooks(PLATFORM_CONNECTION);

/** The processor tells all that it has to tell. */
const told = async ({ billing }: Process, outside: Outside) => {
  const hooks = hooksOf(outside);
  for (const event of hooks.takeEvents()) {
    const taken = await billing.receiveEvent(
      { ...hooks.delivery(event), door: 'a door' },
      outside.clock.now(),
    );
    expect(taken.isOk()).toBe(true);
  }
};

let names = 0;
const newName = (): string => {
  names += 1;
  return `Plan ${names}`;
};

const caller = ({ clock }: Outside) => ({
  at: clock.now(),
  address: '127.0.0.1',
  requestId: 'a-request',
  userId: '00000000-0000-7000-8000-0000000000ad' as UserId,
  via: { kind: 'session', id: '00000000-0000-7000-8000-0000000000ae' } as const,
  platformAdmin: true,
});

/** A plan on sale: its monthly price. */
const onSale = async ({ billing }: Process, outside: Outside, amount: bigint): Promise<string> => {
  const price = (cents: bigint, every: typeof MONTH | typeof YEAR) =>
    hooksOf(outside).addPrice({
      productId: 'prod_1',
      active: true,
      currency: 'usd',
      amount: cents,
      every,
      metered: false,
    });
  const [monthlyPriceId, yearlyPriceId] = [price(amount, MONTH), price(10n * amount, YEAR)];
  const wanted = { name: newName(), productId: 'prod_1', monthlyPriceId, yearlyPriceId };
  expect((await billing.createPlan(wanted, caller(outside))).isOk()).toBe(true);
  return monthlyPriceId;
};

const project = async (process: Process) => {
  const owner = await person(process.call);
  return { token: owner.token, at: `/v1/projects/${await projectOf(process, owner)}` };
};

const accountIn = (at: string): string => at.split('/').at(-1) ?? '';

/** All that the processor has of an account: one customer, its subscriptions and how often it was billed. */
const known = async (
  { payments, rows }: Outside,
  payer: { readonly payer?: string; readonly id?: string },
) => {
  const customers = await rows('customers');
  const mine = customers.filter(
    (row) => (row['payer'] ?? row['payerAccountId']) === payer.payer || row['id'] === payer.id,
  );
  expect(mine).toHaveLength(1);
  const customer = String(mine[0]?.['processorId']);
  const [subscriptions, invoices] = [
    await payments.subscriptions.ofCustomer(PLATFORM_CONNECTION, customer),
    await payments.invoices.list(PLATFORM_CONNECTION, customer, 100),
  ];
  return {
    id: mine[0]?.['id'],
    subscriptions: subscriptions._unsafeUnwrap(),
    bills: invoices._unsafeUnwrap().items.length,
  };
};

/** What is left of pages to pay on is looked after when they are over. */
const dayAfter = async (process: Process, { clock }: Outside) => {
  clock.advance(DAY);
  await process.drain();
};

const subscribed = async (process: Process, outside: Outside) => {
  const price_id = await onSale(process, outside, 1_000n);
  const there = await project(process);
  const { token, at } = there;
  const page = await process.call(`POST ${at}/checkout_session`, { token, json: { ...AWAY, price_id } });
  expect([page.status, page.text]).toEqual([200, page.text]);
  hooksOf(outside).complete(page.body.session_id);
  await told(process, outside);
  return there;
};

const openCheckout: Operation = {
  name: 'opening a checkout',
  least: 20,
  passing: [
    'billing tx.customers.ensure',
    'processor.checkout.ensureCustomer',
    'billing tx.customers.bind',
    'billing tx.intents.open',
    'processor.checkout.open',
  ],
  prepare: async (process, outside) => {
    const price_id = await onSale(process, outside, 1_000n);
    const { token, at } = await project(process);
    const request = { token, json: { ...AWAY, price_id }, headers: newKey() };
    return {
      send: ({ call }) => call(`POST ${at}/checkout_session`, request),
      due: () => 200,
      done: async (to, { body }) => {
        hooksOf(outside).complete(body.session_id);
        await told(to, outside);
        const { subscriptions, bills } = await known(outside, { payer: accountIn(at) });
        expect([subscriptions.map(({ status }) => status), bills]).toEqual([['active'], 1]);
        const { body: shown } = await to.call(`GET ${at}/subscription`, { token });
        expect(shown).toMatchObject({ status: 'active', price_id });
        await dayAfter(to, outside);
      },
    };
  },
};

const changePlan: Operation = {
  name: 'changing a plan',
  least: 15,
  passing: [
    'billing tx.intents.open',
    'billing tx.jobs.enqueue',
    'processor.subscriptions.changePrice',
    'billing tx.subscriptions.save',
    'billing tx.intents.settle',
  ],
  prepare: async (process, outside) => {
    const { token, at } = await subscribed(process, outside);
    const price_id = await onSale(process, outside, 3_000n);
    const request = { token, json: { price_id }, headers: newKey() };
    return {
      send: ({ call }) => call(`POST ${at}/plan`, request),
      due: () => 200,
      done: async (to, { body }) => {
        expect(body).toMatchObject({ status: 'active', price_id });
        await told(to, outside);
        const { subscriptions, bills } = await known(outside, { payer: accountIn(at) });
        expect([subscriptions.map(({ price }) => price), bills]).toEqual([[price_id], 2]);
        await dayAfter(to, outside);
      },
    };
  },
};

const cancel: Operation = {
  name: 'cancelling a subscription',
  least: 12,
  passing: ['processor.subscriptions.setCancelAtPeriodEnd', 'billing tx.intents.settle'],
  prepare: async (process, outside) => {
    const { token, at } = await subscribed(process, outside);
    const { id: customerId } = await known(outside, { payer: accountIn(at) });
    return {
      send: ({ call }) => call(`POST ${at}/subscription/cancel`, { token }),
      // What was once intended is finished before anything else.
      due: async () =>
        (await outside.rows('billing_intents', { customerId, kind: 'cancel' })).length > 0 ? 409 : 200,
      done: async (to) => {
        await told(to, outside);
        const { body } = await to.call(`GET ${at}/subscription`, { token });
        expect(body).toMatchObject({ status: 'active', cancel_at_period_end: true });
        const { subscriptions } = await known(outside, { payer: accountIn(at) });
        expect(subscriptions.map(({ cancelAtPeriodEnd }) => cancelAtPeriodEnd)).toEqual([true]);
        await dayAfter(to, outside);
      },
    };
  },
};

const USD = currency('usd')._unsafeUnwrap();

const purchase: Operation = {
  name: 'purchasing a dearer plan',
  least: 20,
  passing: [
    'processor.catalogue.ensurePrice',
    'billing tx.plans.save',
    'processor.subscriptions.changePrice',
    'billing tx.subscriptions.save',
  ],
  prepare: async (process, outside) => {
    const { billing, call } = process;
    const own = async (amount: bigint): Promise<number> => {
      const cost = { amount, currency: USD };
      const wanted = { catalogue: 'datilio', name: newName(), cost, every: MONTH, traits: {} } as const;
      return (await billing.createOwnPlan(wanted, caller(outside)))._unsafeUnwrap().number;
    };
    const [cheap, dear] = [await own(2_900n), await own(9_900n)];
    const json = { email: freshEmail(), password: PASSWORD };
    expect((await call('POST /api/auth/register', { json })).status).toBe(201);
    const token: string = (await call('POST /api/auth/login', { json })).body.access_token;
    const buying = (plan_id: number) => ({ token, json: { plan_id, duration_months: 1 }, headers: newKey() });
    const page = await call('POST /api/create-checkout-session', buying(cheap));
    expect([page.status, page.text]).toEqual([200, page.text]);
    hooksOf(outside).complete(new URL(page.body.checkout_url).pathname.slice(1));
    await told(process, outside);
    const request = buying(dear);
    return {
      send: (to) => to.call('POST /api/purchase/plan', request),
      due: () => 200,
      done: async (to, { body }) => {
        expect(body.user_plan).toMatchObject({ plan_id: dear, is_active: true });
        await told(to, outside);
        const [row] = await outside.rows('subscriptions', { number: body.user_plan.id });
        const { subscriptions, bills } = await known(outside, { id: String(row?.['customerId']) });
        expect([subscriptions.length, bills]).toEqual([1, 2]);
        await dayAfter(to, outside);
      },
    };
  },
};

export const billingOperations = [openCheckout, changePlan, cancel, purchase];
