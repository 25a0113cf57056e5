import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { onTestFinished } from 'vitest';
import type {
  PaymentSandbox,
  PaymentSandboxOptions,
} from '../../../../src/adapters/payment-sandbox/options.js';
import { startPaymentSandbox } from '../../../../src/adapters/payment-sandbox/start.js';
import { systemIds } from '../../../../src/adapters/system/ids.js';
import { systemRandom } from '../../../../src/adapters/system/random.js';
import { DAY, instant } from '../../../../src/domain/shared/time.js';

/** Seconds of a moment in UTC. */
export const seconds = (text: string): number => Date.parse(text) / 1_000;

export const JUNE = '2024-06-01T00:00:00Z';

export const stripeAt = (
  { url, apiKey }: { url: string; apiKey: string },
  more: Stripe.StripeConfig = {},
): Stripe => {
  const { hostname, port } = new URL(url);
  return new Stripe(apiKey, {
    host: hostname,
    port,
    protocol: 'http',
    maxNetworkRetries: 0,
    timeout: 2_000,
    ...more,
  });
};

export type Rig = {
  readonly sandbox: PaymentSandbox;
  readonly stripe: Stripe;
  /** Moves the clock itself, as a test of the application would, and lets the sandbox catch up. */
  readonly goTo: (moment: string) => Promise<void>;
  readonly days: (count: number) => Promise<void>;
};

/** A sandbox at a moment, with the real SDK in front of it. */
export const rig = async (at = JUNE, more: Partial<PaymentSandboxOptions> = {}): Promise<Rig> => {
  let now = Date.parse(at);
  const clock = { now: () => instant(now) };
  const sandbox = await startPaymentSandbox({ clock, ids: systemIds, random: systemRandom, ...more });
  onTestFinished(() => sandbox.close());
  const goTo = async (moment: string): Promise<void> => {
    now = Date.parse(moment);
    await sandbox.advance(0);
  };
  const days = async (count: number): Promise<void> => {
    now += count * DAY;
    await sandbox.advance(0);
  };
  return { sandbox, stripe: stripeAt(sandbox), goTo, days };
};

export const monthly = (stripe: Stripe, amount: number, name = 'Plan'): Promise<Stripe.Price> =>
  priced(stripe, amount, { interval: 'month' }, name);

export const priced = (
  stripe: Stripe,
  amount: number,
  recurring: Stripe.PriceCreateParams.Recurring,
  name = 'Plan',
): Promise<Stripe.Price> =>
  stripe.prices.create({ currency: 'usd', unit_amount: amount, recurring, product_data: { name } });

/** A customer who pays with this test card. */
export const payer = async (stripe: Stripe, method = 'pm_card_visa'): Promise<Stripe.Customer> => {
  const customer = await stripe.customers.create({ email: 'payer@example.com', name: 'A payer' });
  const card = await stripe.paymentMethods.attach(method, { customer: customer.id });
  return stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: card.id } });
};

export const subscribed = async (
  stripe: Stripe,
  price: Stripe.Price,
  { method = 'pm_card_visa', quantity = 1 } = {},
): Promise<Stripe.Subscription> => {
  const customer = await payer(stripe, method);
  return stripe.subscriptions.create({ customer: customer.id, items: [{ price: price.id, quantity }] });
};

export const itemOf = (subscription: Stripe.Subscription): Stripe.SubscriptionItem =>
  subscription.items.data[0]!;

/** Amounts of an invoice's lines, by what they are. */
export const amounts = (invoice: Stripe.Invoice): readonly number[] =>
  invoice.lines.data.map(({ amount }) => amount);

export const latest = async (stripe: Stripe, subscription: Stripe.Subscription): Promise<Stripe.Invoice> =>
  (await stripe.invoices.list({ subscription: subscription.id })).data[0]!;

/** How an HTTP form is answered, redirects not followed. */
export const submit = (url: string, fields: Record<string, string>): Promise<Response> =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

export type Received = {
  readonly body: string;
  readonly signature: string;
  readonly type: string;
  readonly id: string;
};

/** Somebody who listens for webhooks, and answers them with what `status` says. */
export const receiver = async (status: (count: number) => number = () => 200) => {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const { type, id } = JSON.parse(body) as { type: string; id: string };
      received.push({ body, signature: String(request.headers['stripe-signature']), type, id });
      response.writeHead(status(received.length)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
};
