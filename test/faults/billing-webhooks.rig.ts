import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import Stripe from 'stripe';
import { fixedClock } from '../../src/adapters/memory/shared/fixed-clock.js';
import { startPaymentSandbox } from '../../src/adapters/payment-sandbox/start.js';
import { apiBaseOf } from '../../src/adapters/stripe/api-base.js';
import { stripeProcessor } from '../../src/adapters/stripe/stripe-processor.js';
import { systemIds } from '../../src/adapters/system/ids.js';
import { systemRandom } from '../../src/adapters/system/random.js';
import { PLATFORM_CONNECTION } from '../../src/application/billing/events/connections.js';
import { receiveEvent } from '../../src/application/billing/events/receive-event.js';
import { reconcileMirrors } from '../../src/application/billing/events/reconcile-mirrors.js';
import { labelsOf } from '../../src/domain/billing/labels.js';
import { PLATFORM } from '../../src/domain/billing/seller.js';
import { instant } from '../../src/domain/shared/time.js';
import { type BillingRig, billingOf } from '../contract/ports/billing.rig.js';

const BEGIN = instant(Date.UTC(2026, 0, 31, 12));
/** Of a call to the processor; the sandbox leaves calls unanswered where that is the fault. */
const TIMEOUT = 1_500;
const RETRY_DELAYS = [100, 300, 600, 1_000];

const bytesOf = async (request: IncomingMessage): Promise<Uint8Array> => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
};

/** What a door answers to what became of a webhook. */
const STATUS: Readonly<Record<string, number>> = {
  taken: 200,
  signature_missing: 400,
  signature_invalid: 400,
  malformed_event: 400,
  event_in_flight: 503,
  unavailable: 503,
};

/** The payment sandbox that posts to a door, behind which the pipeline works on PostgreSQL through the real SDK. */
export const openWire = async (rig: BillingRig) => {
  const clock = fixedClock(BEGIN);
  const sandbox = await startPaymentSandbox({
    clock,
    ids: systemIds,
    random: systemRandom,
    retryDelays: RETRY_DELAYS,
  });
  const { hostname, port } = new URL(sandbox.url);
  const sdk = new Stripe(sandbox.apiKey, { host: hostname, port, protocol: 'http' });
  const secrets = ['whsec_of_last_year', sandbox.webhookSecret];
  const processor = stripeProcessor({
    connections: () => ({ apiKey: sandbox.apiKey, apiBase: apiBaseOf(sandbox.url)._unsafeUnwrap() }),
    webhooks: () => [{ connection: PLATFORM_CONNECTION, secrets }],
    timeout: TIMEOUT,
  });
  const { billing, billingReaders: readers, inbound } = rig;
  const deps = { clock, ids: systemIds, billing, readers, inbound, processor };
  const answered: number[] = [];
  const openDoor = async (door: string, of: Parameters<typeof receiveEvent>[0] = deps) => {
    const server = createServer(async (request, response) => {
      const raw = await bytesOf(request);
      const header = request.headers['stripe-signature'];
      const signature = typeof header === 'string' ? header : undefined;
      const outcome = await receiveEvent(of)({ raw, signature, door }, clock.now()).match(
        () => 'taken',
        ({ kind }) => kind,
      );
      const status = STATUS[outcome] ?? 500;
      answered.push(status);
      response.writeHead(status).end(outcome);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      close: async (): Promise<void> => {
        server.close();
        server.closeAllConnections();
      },
    };
  };
  const price = async (amount: number): Promise<string> => {
    const product = await sdk.products.create({ name: 'A plan' });
    const recurring = { interval: 'month' as const };
    const made = await sdk.prices.create({
      product: product.id,
      currency: 'usd',
      unit_amount: amount,
      recurring,
    });
    return made.id;
  };
  const payer = async () => {
    const made = await billingOf(rig).customer();
    const { id: processorId } = await sdk.customers.create({ name: 'A payer' });
    const method = await sdk.paymentMethods.attach('pm_card_visa', { customer: processorId });
    await sdk.customers.update(processorId, { invoice_settings: { default_payment_method: method.id } });
    const customer = (await billing.run((tx) => tx.customers.bind(made, processorId)))._unsafeUnwrap();
    return { customer, processorId, metadata: { ...labelsOf(customer) } };
  };
  const reconcile = () =>
    reconcileMirrors(deps)({ id: systemIds.next(), kind: 'billing.reconcile', payload: {} });
  const rows = async (customerId: string) =>
    (await readers.subscriptionsOf(PLATFORM, customerId))._unsafeUnwrap();
  /** Both sides in the same words, by the processor's id. */
  const sides = async ({ customer, processorId }: Awaited<ReturnType<typeof payer>>) => {
    const views = await processor.subscriptions.ofCustomer(PLATFORM_CONNECTION, processorId);
    const ours = await rows(customer.id);
    const byId = (a: readonly unknown[], b: readonly unknown[]) => (String(a[0]) < String(b[0]) ? -1 : 1);
    return {
      theirs: views
        ._unsafeUnwrap()
        .map(({ id, status, price: paid, cancelAtPeriodEnd, period }) => [
          id,
          status,
          paid,
          cancelAtPeriodEnd,
          period,
        ])
        .sort(byId),
      ours: ours
        .map(({ processor: said, cancelAtPeriodEnd, period }) => [
          said?.id,
          said?.status,
          said?.priceId,
          cancelAtPeriodEnd,
          period,
        ])
        .sort(byId),
    };
  };
  return { clock, sandbox, sdk, deps, answered, openDoor, price, payer, reconcile, rows, sides, rig };
};
export type Wire = Awaited<ReturnType<typeof openWire>>;
