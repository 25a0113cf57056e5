import Stripe from 'stripe';
import { fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { startPaymentSandbox } from '../../../src/adapters/payment-sandbox/start.js';
import type { ApiBase } from '../../../src/adapters/stripe/api-base.js';
import { apiBaseOf } from '../../../src/adapters/stripe/api-base.js';
import { USAGE_EVENT } from '../../../src/adapters/stripe/meters.js';
import { stripeProcessor } from '../../../src/adapters/stripe/stripe-processor.js';
import { systemClock } from '../../../src/adapters/system/clock.js';
import { systemIds } from '../../../src/adapters/system/ids.js';
import { systemRandom } from '../../../src/adapters/system/random.js';
import { instant, plus, SECOND } from '../../../src/domain/shared/time.js';
import {
  type Call,
  type Controls,
  HERE,
  MONTHLY,
  type OpenStage,
  type ProcessorStage,
} from './processor.rig.js';

const TIMEOUT = 400;
const CARDS = { pays: 'pm_card_visa', declines: 'pm_card_chargeCustomerFail' } as const;
const FAULTS = { before: 'timeout_before', after: 'timeout_after', declined: 'declined' } as const;

/** What of the API it is that a call of ours stands or falls with. */
const ENDPOINTS = {
  ensureCustomer: 'POST /v1/customers',
  ensurePrice: 'POST /v1/prices',
  open: 'POST /v1/checkout/sessions',
  get: 'GET /v1/subscriptions/',
  changePrice: 'POST /v1/subscriptions/',
  setCancelAtPeriodEnd: 'POST /v1/subscriptions/',
  changePriceAtPeriodEnd: 'POST /v1/subscription_schedules',
  cancelNow: 'DELETE /v1/subscriptions/',
  addUsage: 'POST /v1/subscriptions/',
  refundLatest: 'POST /v1/refunds',
  report: 'POST /v1/billing/meter_events',
} as const satisfies Record<Call, string>;

const meterOf = async (sdk: Stripe): Promise<string> => {
  const { data } = await sdk.billing.meters.list({ status: 'active', limit: 100 });
  const found = data.find(({ event_name }) => event_name === USAGE_EVENT);
  if (found) return found.id;
  const made = await sdk.billing.meters.create({
    display_name: 'Usage in cents',
    event_name: USAGE_EVENT,
    default_aggregation: { formula: 'sum' },
  });
  return made.id;
};

type Account = Pick<ProcessorStage, 'now' | 'controls' | 'close'> & {
  readonly sdk: Stripe;
  readonly apiKey: string;
  readonly apiBase?: ApiBase;
  readonly timeout: number;
};

const stageOf = ({ sdk, apiKey, apiBase, timeout, ...rest }: Account): ProcessorStage => ({
  ...rest,
  processor: stripeProcessor({
    connections: (ref) => (ref === HERE ? { apiKey, apiBase } : undefined),
    webhooks: () => [],
    timeout,
  }),
  fresh: (what) => `${what}-${systemIds.next()}`,
  price: async ({ amount, every = MONTHLY, once = false, metered = false }) => {
    const product = await sdk.products.create({ name: 'A product' });
    const recurring = {
      interval: every.interval,
      interval_count: every.count,
      ...(metered && { usage_type: 'metered' as const, meter: await meterOf(sdk) }),
    };
    const made = await sdk.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: Number(amount),
      ...(!once && { recurring }),
    });
    return made.id;
  },
  archive: async (price) => void (await sdk.prices.update(price, { active: false })),
  card: async (customer, card) => {
    const method = await sdk.paymentMethods.attach(CARDS[card], { customer });
    await sdk.customers.update(customer, { invoice_settings: { default_payment_method: method.id } });
  },
  subscribe: async (customer, prices) =>
    (await sdk.subscriptions.create({ customer, items: prices.map((price) => ({ price })) })).id,
});

const controls = (
  sandbox: Awaited<ReturnType<typeof startPaymentSandbox>>,
  sdk: Stripe,
  advance: (ms: number) => Promise<void>,
): Controls => ({
  fail: (fault, call) => sandbox.faults.next(FAULTS[fault], { call: ENDPOINTS[call] }),
  advance,
  counts: async () => {
    const [customers, subscriptions, invoices] = await Promise.all([
      sdk.customers.list({ limit: 100 }),
      sdk.subscriptions.list({ status: 'all', limit: 100 }),
      sdk.invoices.list({ status: 'paid', limit: 100 }),
    ]);
    return {
      customers: customers.data.length,
      subscriptions: subscriptions.data.length,
      charges: invoices.data.filter(({ amount_paid }) => amount_paid > 0).length,
    };
  },
  refunded: async () => {
    const { data } = await sdk.refunds.list({ limit: 100 });
    return data.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  },
  pay: async ({ url }) => {
    const body = new URLSearchParams({ card: '4242424242424242' });
    const { status } = await fetch(url, { method: 'POST', body, redirect: 'manual' });
    if (status !== 303) throw new Error(`the page of the checkout answered ${status}`);
  },
});

const BEGIN = instant(Date.UTC(2026, 0, 31, 12));

/** The real SDK against the payment sandbox, each time a new one. */
export const sandboxStage: OpenStage = async () => {
  let ahead = 0;
  const clock = fixedClock(BEGIN);
  const sandbox = await startPaymentSandbox({ clock, ids: systemIds, random: systemRandom });
  const { hostname, port } = new URL(sandbox.url);
  const sdk = new Stripe(sandbox.apiKey, { host: hostname, port, protocol: 'http' });
  const advance = async (ms: number): Promise<void> => {
    ahead += ms;
    await sandbox.advance(ms);
  };
  return stageOf({
    sdk,
    apiKey: sandbox.apiKey,
    apiBase: apiBaseOf(sandbox.url)._unsafeUnwrap(),
    timeout: TIMEOUT,
    now: () => plus(clock.now(), ahead),
    controls: controls(sandbox, sdk, advance),
    close: sandbox.close,
  });
};

/** Stripe itself in test mode, in an account of one's own. */
export const liveStage =
  (apiKey: string): OpenStage =>
  async () =>
    stageOf({
      sdk: new Stripe(apiKey),
      apiKey,
      timeout: 20_000,
      now: () => instant(Math.floor(systemClock.now() / SECOND) * SECOND),
      controls: undefined,
      close: async () => undefined,
    });

/** Runs a suite on the sandbox, and on Stripe itself where STRIPE_TEST_KEY says how; what is left out is said aloud. */
export const onStripe = (suite: (name: string, open: OpenStage, controlled: boolean) => void): void => {
  suite('stripe, on the payment sandbox', sandboxStage, true);
  const apiKey = process.env['STRIPE_TEST_KEY'];
  if (apiKey === undefined || apiKey === '') {
    console.warn('Not run on Stripe itself: STRIPE_TEST_KEY is not set.');
    return;
  }
  console.warn('On Stripe itself, tests that need faults, time or counts of a whole account are left out.');
  suite('stripe, on Stripe itself', liveStage(apiKey), false);
};
