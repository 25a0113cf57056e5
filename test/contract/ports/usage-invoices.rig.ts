import { expect } from 'vitest';
import { memoryInboundEvents } from '../../../src/adapters/memory/billing/inbound-events.js';
import { memoryPriceBook } from '../../../src/adapters/memory/billing/price-book.js';
import type { MemoryProcessor } from '../../../src/adapters/memory/billing/processor.js';
import { memoryBillingReaders } from '../../../src/adapters/memory/billing/readers.js';
import { memoryBilling } from '../../../src/adapters/memory/billing/unit-of-work.js';
import { memoryUsageReaders } from '../../../src/adapters/memory/billing/usage-readers.js';
import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { countingIds } from '../../../src/adapters/memory/shared/counting-ids.js';
import { type FixedClock, fixedClock } from '../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryJobs } from '../../../src/adapters/memory/shared/jobs.js';
import { TABLES as SHARED } from '../../../src/adapters/memory/shared/rows.js';
import { TABLES as STORAGE } from '../../../src/adapters/memory/storage/rows.js';
import { billing, type Payer } from '../../../src/application/billing/index.js';
import { currency } from '../../../src/domain/billing/currency.js';
import type { AccountId, UserId } from '../../../src/domain/shared/ids.js';
import { DAY, type Instant, instant, MINUTE, plus } from '../../../src/domain/shared/time.js';
import type { CheckoutSession } from '../../../src/ports/billing/checkout.js';
import type { JobHandler } from '../../../src/ports/shared/jobs.js';
import type { DataKey } from '../../../src/ports/shared/sealer.js';
import { aBucket } from '../../support/storage.js';
import { HERE, MONTHLY, YEARLY } from './processor.rig.js';

/** A processor on a clock of the test's, which it looks at when it is told to. */
export type BilledBy = (clock: FixedClock) => Promise<{
  readonly processor: Omit<MemoryProcessor, 'faults' | 'advance' | 'hooks'>;
  readonly pay: (session: Pick<CheckoutSession, 'id' | 'url'>) => Promise<void>;
  readonly catchUp: () => Promise<void>;
  readonly close: () => Promise<void>;
}>;

const USD = currency('usd')._unsafeUnwrap();
const ACCOUNT = '00000000-0000-7000-8000-00000000000a' as AccountId;
const STORAGE_PRICE = { micros: 667n, currency: USD };
export const PLAN = 1_000n;
export const NOON = instant(Date.UTC(2026, 5, 10, 12));
const QUOTAS = { buckets: 5, connections: 5, members: 5, file_systems: 5, gateways: 5 };
const GB = 1_000_000_000;

/** A platform with one account that pays, and stores something. */
export const openPlatform = async (billedBy: BilledBy) => {
  const clock = fixedClock(NOON);
  const { processor, pay, catchUp, close } = await billedBy(clock);
  const store = memoryStore();
  const ids = countingIds();
  const put = async (table: string, id: string, row: object) =>
    (await store.run((tx) => tx.table(table).put(id, row)))._unsafeUnwrap();
  await put(SHARED.accounts, ACCOUNT, { id: ACCOUNT, dataKey: 'a key' as DataKey });
  const bucket = aBucket(ACCOUNT);
  await put(STORAGE.buckets, bucket.id, bucket);
  const app = billing({
    clock,
    ids,
    priceBook: memoryPriceBook(store),
    usage: memoryUsageReaders(store),
    billing: memoryBilling(store, { ids, quotas: QUOTAS }),
    readers: memoryBillingReaders(store),
    inbound: memoryInboundEvents(store),
    processor,
    settings: { storage: STORAGE_PRICE, publishedBaseUrl: 'https://tollhouse.example' },
  });
  (await app.updatePriceBook())._unsafeUnwrap();
  const caller = () => ({
    at: clock.now(),
    address: '127.0.0.1',
    requestId: 'a-request',
    userId: 'a-user' as UserId,
    via: { kind: 'session' as const, id: 'a-session' },
    platformAdmin: true,
  });
  const payer = (): Payer => ({ ...caller(), accountId: ACCOUNT });
  const jobs = memoryJobs(store);
  const handlers: Readonly<Record<string, JobHandler>> = app.jobs;
  const run = async (kind: string) => {
    const job = { id: 'a job', kind, payload: {}, runAt: clock.now(), attempts: 1, epoch: 1 };
    const done = await handlers[kind]?.(job);
    expect([kind, done?.isOk()]).toEqual([kind, true]);
  };
  /** Does what is due: what repeats every hour, and what was asked for meanwhile. */
  const work = async () => {
    await run('billing.reconcile');
    await run('billing.report-usage');
    const now = clock.now();
    for (const job of (
      await jobs.claim(Object.keys(handlers), 100, now, plus(now, MINUTE))
    )._unsafeUnwrap()) {
      const done = await handlers[job.kind]?.(job);
      expect([job.kind, done?.isOk()]).toEqual([job.kind, true]);
      (await jobs.complete(job))._unsafeUnwrap();
    }
  };
  const goTo = async (at: Instant) => {
    clock.set(at);
    await catchUp();
    await work();
  };
  return {
    app,
    clock,
    payer,
    goTo,
    close,
    processor,
    /** Every day until then, some time after the day before is settled. */
    live: async (until: Instant) => {
      for (let at = plus(clock.now(), DAY); at < until; at = plus(at, DAY)) await goTo(at);
      await goTo(until);
    },
    /** From this hour on the account stores so many gigabytes. */
    stores: (hour: Instant, gigabytes: number) =>
      put(STORAGE.storageHours, `${bucket.id}/${hour}`, {
        accountId: ACCOUNT,
        bucketId: bucket.id,
        hour,
        byteMs: 0n,
        bytes: gigabytes * GB,
        objects: 1,
        lastAt: hour,
      }),
    /** What the report of usage says of a time. */
    reported: async (from: Instant, to: Instant): Promise<bigint> => {
      const report = await app.getUsage({ from, to, granularity: 'day' }, payer());
      return report._unsafeUnwrap().lines.reduce((sum, { cost }) => sum + cost.amount, 0n);
    },
    /** Oldest first. */
    invoices: async () =>
      [...(await app.listInvoices({ limit: 100 }, payer()))._unsafeUnwrap().items].reverse(),
    subscription: async () => (await app.getSubscription(payer()))._unsafeUnwrap(),
    subscribe: async () => {
      const offer = async (key: string, amount: bigint, every: typeof MONTHLY | typeof YEARLY) =>
        (
          await processor.catalogue.ensurePrice(HERE, {
            key,
            product: { id: 'a_plan', name: 'A plan' },
            currency: 'usd',
            amount,
            every,
          })
        )._unsafeUnwrap().id;
      const monthlyPriceId = await offer('monthly', PLAN, MONTHLY);
      const yearlyPriceId = await offer('yearly', 10n * PLAN, YEARLY);
      const plan = { name: 'A plan', productId: 'a_plan', monthlyPriceId, yearlyPriceId };
      (await app.createPlan(plan, caller()))._unsafeUnwrap();
      const urls = { successUrl: 'https://app.example/paid', cancelUrl: 'https://app.example/left' };
      const wanted = { mode: 'subscription' as const, priceId: monthlyPriceId, ...urls };
      await pay((await app.openCheckout(wanted, payer()))._unsafeUnwrap());
      await work();
      return { monthlyPriceId, yearlyPriceId, again: wanted };
    },
    pay,
  };
};
