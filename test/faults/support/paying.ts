import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import Stripe from 'stripe';
import { expect } from 'vitest';
import { startPaymentSandbox } from '../../../src/adapters/payment-sandbox/start.js';
import { systemClock } from '../../../src/adapters/system/clock.js';
import { systemIds } from '../../../src/adapters/system/ids.js';
import { systemRandom } from '../../../src/adapters/system/random.js';
import type { Answer, Client } from '../../support/client.js';
import type { Environment } from './server.js';

/** A webhook as the sandbox sent it. */
type Sent = {
  readonly id: string;
  readonly type: string;
  readonly body: string;
  readonly signature: string;
};

/** Takes whatever the sandbox posts and keeps it, for a test to hand on when and where it likes. */
const letterbox = async () => {
  const kept: Sent[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = Buffer.concat(parts).toString();
    const { id, type } = JSON.parse(body);
    kept.push({ id, type, body, signature: String(request.headers['stripe-signature']) });
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    take: (): readonly Sent[] => kept.splice(0),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** What the processor has of one project. */
type Ledger = {
  readonly customers: number;
  readonly subscriptions: number;
  /** Pages to pay on. */
  readonly pages: number;
  /** Amounts of the invoices that were paid, the first one first. */
  readonly paid: readonly number[];
};

/** A payment sandbox beside the programs of a test, and its account as its owner sees it. */
export const openTill = async () => {
  const letters = await letterbox();
  const sandbox = await startPaymentSandbox({
    clock: systemClock,
    ids: systemIds,
    random: systemRandom,
    webhookUrl: letters.url,
  });
  const { hostname, port } = new URL(sandbox.url);
  const sdk = new Stripe(sandbox.apiKey, { host: hostname, port, protocol: 'http' });
  const price = async (product: string, amount: number, interval: 'month' | 'year') => {
    const made = await sdk.prices.create({
      product,
      currency: 'usd',
      unit_amount: amount,
      recurring: { interval },
    });
    return made.id;
  };
  const environment: Environment = {
    STRIPE_API_KEY: sandbox.apiKey,
    STRIPE_WEBHOOK_SECRETS: sandbox.webhookSecret,
    STRIPE_API_BASE: sandbox.url,
  };
  return {
    environment,
    sdk,
    faults: sandbox.faults,
    /** All that it has told since it was last asked. */
    told: async (): Promise<readonly Sent[]> => {
      await sandbox.delivered();
      return letters.take();
    },
    /** Puts a product with a price by the month on sale, as a platform admin does; answers that price. */
    sell: async (call: Client, token: string, name: string, cents: number): Promise<string> => {
      const product = await sdk.products.create({ name });
      const monthly = await price(product.id, cents, 'month');
      const json = {
        name,
        stripe_product_id: product.id,
        monthly_price_id: monthly,
        yearly_price_id: await price(product.id, 10 * cents, 'year'),
      };
      const made = await call('POST /v1/subscription-plans', { token, json });
      expect([made.status, made.text]).toEqual([201, made.text]);
      return monthly;
    },
    /** Sends the form of the page behind an address of the sandbox, with a card that pays. */
    pay: async (url: string): Promise<void> => {
      const body = new URLSearchParams({ card: '4242 4242 4242 4242' });
      expect((await fetch(url, { method: 'POST', body, redirect: 'manual' })).status).toBe(303);
    },
    ledger: async (project: string): Promise<Ledger> => {
      const all = await sdk.customers.list({ limit: 100 });
      const customers = all.data.filter(({ metadata }) => metadata['account'] === project);
      const of = async <T>(list: (customer: string) => Promise<{ readonly data: readonly T[] }>) =>
        (await Promise.all(customers.map(({ id }) => list(id)))).flatMap(({ data }) => data);
      const subscriptions = await of((customer) => sdk.subscriptions.list({ customer, status: 'all' }));
      const pages = await of((customer) => sdk.checkout.sessions.list({ customer }));
      const invoices = await of((customer) => sdk.invoices.list({ customer, status: 'paid' }));
      return {
        customers: customers.length,
        subscriptions: subscriptions.length,
        pages: pages.length,
        paid: invoices.map(({ amount_paid: amount }) => amount).reverse(),
      };
    },
    close: async (): Promise<void> => {
      await sandbox.close();
      letters.close();
    },
  };
};
export type Till = Awaited<ReturnType<typeof openTill>>;

/** Hands a webhook to a server. */
export const handTo = (call: Client, { body, signature }: Sent): Promise<Answer> =>
  call('POST /v1/webhooks/stripe', {
    bytes: body,
    headers: { 'content-type': 'application/json', 'stripe-signature': signature },
  });

/** Until it is so; a test that waits for nothing fails here and not at its end. */
export const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  for (const deadline = Date.now() + 15_000; !(await isSo()); await pause(20))
    if (Date.now() > deadline) throw new Error('it did not become so');
};
