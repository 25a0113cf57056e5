import { memoryInboundEvents } from '../../../../src/adapters/memory/billing/inbound-events.js';
import { memoryPriceBook } from '../../../../src/adapters/memory/billing/price-book.js';
import { memoryProcessor } from '../../../../src/adapters/memory/billing/processor.js';
import { memoryBillingReaders } from '../../../../src/adapters/memory/billing/readers.js';
import { memoryBilling } from '../../../../src/adapters/memory/billing/unit-of-work.js';
import { memoryUsageReaders } from '../../../../src/adapters/memory/billing/usage-readers.js';
import { memoryStore } from '../../../../src/adapters/memory/kit/store.js';
import { countingIds } from '../../../../src/adapters/memory/shared/counting-ids.js';
import { fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryJobs } from '../../../../src/adapters/memory/shared/jobs.js';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { type BillingDeps, billing, type Payer } from '../../../../src/application/billing/index.js';
import type { Every } from '../../../../src/domain/billing/calendar.js';
import { currency } from '../../../../src/domain/billing/currency.js';
import type { Customer } from '../../../../src/domain/billing/customer.js';
import type { Subscription } from '../../../../src/domain/billing/subscription.js';
import type { AccountId, UserId } from '../../../../src/domain/shared/ids.js';
import type { Caller } from '../../../../src/domain/shared/principal.js';
import { instant, plus, SECOND } from '../../../../src/domain/shared/time.js';
import type { AuditEntry } from '../../../../src/ports/shared/audit.js';
import type { DomainEvent } from '../../../../src/ports/shared/events.js';
import type { Once } from '../../../../src/ports/shared/idempotency.js';
import type { JobHandler } from '../../../../src/ports/shared/jobs.js';
import type { DataKey } from '../../../../src/ports/shared/sealer.js';

/** The first of June: a period of thirty days begins. */
export const START = instant(Date.UTC(2026, 5, 1));
export const ACCOUNT = '00000000-0000-7000-8000-00000000000a' as AccountId;
export const SUCCESS = 'https://app.example/paid';
export const CANCEL = 'https://app.example/left';
const USD = currency('usd')._unsafeUnwrap();
const QUOTAS = { buckets: 5, connections: 5, members: 5, file_systems: 5, gateways: 5 };
const MONTH: Every = { interval: 'month', count: 1 };
const YEAR: Every = { interval: 'year', count: 1 };
const SECRET = 'a secret of webhooks';

export const usd = (amount: bigint) => ({ amount, currency: USD });

/** A platform with a processor of its own, and one account that pays. */
export const openShop = async () => {
  const clock = fixedClock(START);
  const ids = countingIds();
  const store = memoryStore();
  const account = { id: ACCOUNT, dataKey: 'a key' as DataKey };
  (await store.run((tx) => tx.table('accounts').put(ACCOUNT, account)))._unsafeUnwrap();
  let configured = true;
  const memory = memoryProcessor({
    clock,
    sellers: () => (configured ? [{ connection: PLATFORM_CONNECTION, secrets: [SECRET] }] : []),
  });
  const hooks = memory.hooks(PLATFORM_CONNECTION);
  const deps: BillingDeps = {
    clock,
    ids,
    priceBook: memoryPriceBook(store),
    usage: memoryUsageReaders(store),
    billing: memoryBilling(store, { ids, quotas: QUOTAS }),
    readers: memoryBillingReaders(store),
    inbound: memoryInboundEvents(store),
    processor: memory,
    settings: {
      storage: { micros: 1_000n, currency: USD },
      publishedBaseUrl: 'https://tollhouse.example',
    },
  };
  const app = billing(deps);
  const jobs = memoryJobs(store);
  const visit = () => ({ at: clock.now(), address: '127.0.0.1', requestId: 'a-request' });
  const payer = (): Payer => ({
    ...visit(),
    userId: 'a-user' as UserId,
    via: { kind: 'session', id: 'a-session' },
    accountId: ACCOUNT,
  });
  const admin = (): Caller => ({
    ...visit(),
    userId: 'an-admin' as UserId,
    via: { kind: 'session', id: 'a-session' },
    platformAdmin: true,
  });
  const price = (amount: bigint | undefined, every?: Every, over: { metered?: boolean } = {}) =>
    hooks.addPrice({
      productId: 'prod_1',
      active: true,
      currency: 'usd',
      amount,
      every,
      metered: false,
      ...over,
    });
  const rows = async <Row>(table: string): Promise<readonly Row[]> =>
    (await store.read<Row>(table).all())._unsafeUnwrap();
  const delivered = async (from = app) => {
    for (const event of hooks.takeEvents())
      (await from.receiveEvent({ ...hooks.delivery(event), door: 'a door' }, clock.now()))._unsafeUnwrap();
  };
  return {
    clock,
    store,
    deps,
    app,
    memory,
    hooks,
    payer,
    admin,
    price,
    rows,
    /** Webhooks come in. */
    delivered,
    /** Time goes by, for the processor too. */
    pass: async (ms: number) => {
      clock.advance(ms);
      memory.advance(0);
      await delivered();
    },
    withoutKey: () => {
      configured = false;
    },
    subscriptions: () => rows<Subscription>('subscriptions'),
    customers: () => rows<Customer>('customers'),
    /** What the customer was billed, oldest first: amount due, amount paid. */
    bills: async () => {
      const [customer] = await rows<Customer>('customers');
      const found = await memory.invoices.list(PLATFORM_CONNECTION, customer?.processorId ?? '', 100);
      return [...found._unsafeUnwrap().items].reverse().map(({ amountDue }) => amountDue);
    },
    audit: async () => (await rows<AuditEntry>('audit_log')).map(({ action }) => action),
    events: async (stream: string) =>
      (await rows<DomainEvent>('events'))
        .filter((event) => event.stream === stream)
        .map(({ seq }) => seq)
        .sort((a, b) => a - b),
    /** Does the jobs that are due, once each, and says how each ended. */
    work: async (from = app) => {
      const at = clock.now();
      const kinds = Object.keys(from.jobs);
      const due = (await jobs.claim(kinds, 100, at, plus(at, 30 * SECOND)))._unsafeUnwrap();
      const ended: string[] = [];
      for (const job of due) {
        const handlers: Readonly<Record<string, JobHandler>> = from.jobs;
        const done = await handlers[job.kind]?.(job);
        ended.push(done?.isErr() ? done.error.kind : 'done');
        if (done?.isOk()) (await jobs.complete(job))._unsafeUnwrap();
        else (await jobs.release(job, plus(at, SECOND)))._unsafeUnwrap();
      }
      return ended;
    },
    /** A plan for sale: so much a month, so much a year. */
    plan: async (name: string, monthly: bigint, yearly: bigint) => {
      const [monthlyPriceId, yearlyPriceId] = [price(monthly, MONTH), price(yearly, YEAR)];
      const made = await app.createPlan(
        { name, productId: 'prod_1', monthlyPriceId, yearlyPriceId },
        admin(),
      );
      return { plan: made._unsafeUnwrap(), monthly: monthlyPriceId, yearly: yearlyPriceId };
    },
    ownPlan: async (name: string, cost: bigint) =>
      (
        await app.createOwnPlan(
          { catalogue: 'datilio', name, cost: usd(cost), every: MONTH, traits: {} },
          admin(),
        )
      )._unsafeUnwrap(),
    /** The account subscribes on a page. */
    subscribe: async (priceId: string) => {
      const wanted = { mode: 'subscription', priceId, successUrl: SUCCESS, cancelUrl: CANCEL } as const;
      const { id } = (await app.openCheckout(wanted, payer()))._unsafeUnwrap();
      hooks.complete(id);
      await delivered();
      const [customer] = await rows<Customer>('customers');
      return { customer: customer?.processorId ?? '' };
    },
    once: (key: string): Once => ({ scope: 'a scope', key, fingerprint: 'a body', at: clock.now() }),
  };
};
export type Shop = Awaited<ReturnType<typeof openShop>>;

/** What is not Ok is told by its kind. */
export const kindOf = <T>(result: {
  readonly isErr: () => boolean;
  readonly error?: { readonly kind: string };
  readonly value?: T;
}): string => (result.isErr() ? (result.error?.kind ?? '?') : 'ok');
