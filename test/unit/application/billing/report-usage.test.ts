import fc from 'fast-check';
import { errAsync, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { memoryPriceBook } from '../../../../src/adapters/memory/billing/price-book.js';
import { TABLES, type UsageRow } from '../../../../src/adapters/memory/billing/rows.js';
import { memoryUsageReaders } from '../../../../src/adapters/memory/billing/usage-readers.js';
import { TABLES as FLEET } from '../../../../src/adapters/memory/fleet/rows.js';
import { TABLES as STORAGE } from '../../../../src/adapters/memory/storage/rows.js';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { mirrorCustomer } from '../../../../src/application/billing/events/mirror-customer.js';
import { getUsage } from '../../../../src/application/billing/get-usage.js';
import { type ReportUsageDeps, reportUsage } from '../../../../src/application/billing/usage/report-usage.js';
import { labelsOf } from '../../../../src/domain/billing/labels.js';
import { DAY, HOUR, type Instant, instant, plus } from '../../../../src/domain/shared/time.js';
import type { Meters } from '../../../../src/ports/billing/meters.js';
import { aBucket } from '../../../support/storage.js';
import { meeting, NOW, openStage, well } from './events-stage.js';

const JOB = { id: 'a job', kind: 'billing.report-usage', payload: {} };
const STORAGE_PRICE = { micros: 667n, currency: 'usd' as never };
const GB = 1_000_000_000;
const midnight = (day: number): Instant => instant(Date.UTC(2026, 1, day));

/** Somebody who subscribed at noon of 31 January, and whose usage goes on the same bill. */
const payerStage = async () => {
  const stage = openStage();
  const { store, memory, clock } = stage;
  const customer = await stage.customer('a payer');
  const hooks = memory.hooks(PLATFORM_CONNECTION);
  const every = { interval: 'month', count: 1 } as const;
  const terms = { currency: 'usd', every };
  const usage = await well(memory.catalogue.ensureUsagePrice(PLATFORM_CONNECTION, terms));
  const subscription = hooks.subscribe(
    customer.processorId,
    [stage.price(1_000n), usage.id],
    labelsOf(customer),
  );
  const entry = (deed: object) =>
    ({ ...deed, actor: { kind: 'system' }, requestId: 'a test', at: NOW }) as never;
  (await mirrorCustomer(stage.deps)(customer, { entry }))._unsafeUnwrap();
  const priceBook = memoryPriceBook(store);
  (await priceBook.extend('storage', STORAGE_PRICE, NOW))._unsafeUnwrap();
  const deps: ReportUsageDeps = {
    ...stage.deps,
    readers: stage.readers,
    priceBook,
    usage: memoryUsageReaders(store),
    processor: memory,
    settings: { storage: STORAGE_PRICE, publishedBaseUrl: 'https://example.com' },
  };
  const put = async (table: string, id: string, row: object): Promise<void> =>
    (await store.run((tx) => tx.table(table).put(id, row)))._unsafeUnwrap();
  /** From this hour on the bucket holds so many gigabytes. */
  const holds = (bucketId: string, hour: Instant, gigabytes: number) =>
    put(STORAGE.storageHours, `${bucketId}/${hour}`, {
      accountId: customer.payer,
      bucketId,
      hour,
      byteMs: 0n,
      bytes: gigabytes * GB,
      objects: 1,
      lastAt: hour,
    });
  const ran = (startedAt: Instant, endedAt: Instant) =>
    put(FLEET.intervals, `fs/${startedAt}`, {
      accountId: customer.payer,
      fileSystemId: 'fs',
      label: 'local/local.standard',
      microsPerHour: 70_000n,
      currency: 'usd',
      startedAt,
      endedAt,
    });
  const bucket = aBucket(customer.payer);
  await put(STORAGE.buckets, bucket.id, bucket);
  /** What the processor will put on the next invoice. */
  const billed = async (): Promise<bigint> => {
    const next = (await memory.invoices.upcoming(PLATFORM_CONNECTION, subscription))._unsafeUnwrap();
    return next?.lines.find(({ description }) => description.startsWith('Usage'))?.amount ?? 0n;
  };
  /** What the report says of all days that were over two hours ago. */
  const due = async (): Promise<bigint> => {
    const to = instant(Math.max(NOW, Math.floor((clock.now() - 2 * HOUR) / DAY) * DAY));
    const asked = { from: NOW, to, granularity: 'day' as const };
    const report = await getUsage(deps)(asked, { accountId: customer.payer, at: clock.now() });
    return report._unsafeUnwrap().lines.reduce((sum, { cost }) => sum + cost.amount, 0n);
  };
  const lines = async () => (await store.read<UsageRow>(TABLES.reportedUsage).all())._unsafeUnwrap();
  return { stage, customer, deps, bucket, holds, ran, billed, due, lines, clock };
};

describe('the report of usage', () => {
  it('tells the processor of each day that is over, once, under a name that stays', async () => {
    const { customer, deps, bucket, holds, billed, due, lines, clock } = await payerStage();
    await holds(bucket.id, NOW, 1_000);
    clock.set(plus(midnight(3), HOUR));
    expect((await reportUsage(deps)(JOB))._unsafeUnwrap()).toEqual({ again: plus(midnight(3), 2 * HOUR) });
    expect((await lines()).map(({ id }) => id)).toEqual(
      ['2026-01-31', '2026-02-01'].map((day) => `${customer.payer}:${bucket.id}:${day}:storage`),
    );
    expect((await lines()).every(({ reportedAt }) => reportedAt === clock.now())).toBe(true);
    clock.set(plus(midnight(3), 2 * HOUR));
    await well(reportUsage(deps)(JOB));
    await well(reportUsage(deps)(JOB));
    expect(await lines()).toHaveLength(3);
    // A thousand gigabytes for two days and a half, at 0.000667 each and day: 33 cents in January, 133 in February.
    expect([await billed(), await due()]).toEqual([166n, 166n]);
  });

  it('says nothing of who has no live subscription at the processor', async () => {
    const { stage, deps, holds, bucket, lines, clock } = await payerStage();
    const nobody = await stage.customer('another');
    await holds(bucket.id, NOW, 1_000);
    const readers = {
      ...deps.readers,
      subscriptionsOf: () => deps.readers.subscriptionsOf(nobody.sellerId, nobody.id),
    };
    clock.set(midnight(5));
    await well(reportUsage({ ...deps, readers })(JOB));
    expect(await lines()).toEqual([]);
  });

  it('puts usage of a period whose invoice is out on the next one', async () => {
    const { deps, holds, bucket, billed, clock, stage, customer } = await payerStage();
    await holds(bucket.id, instant(Date.UTC(2026, 1, 27)), 1_000);
    clock.set(instant(Date.UTC(2026, 2, 1, 2)));
    const entry = (deed: object) =>
      ({ ...deed, actor: { kind: 'system' }, requestId: 't', at: NOW }) as never;
    await well(mirrorCustomer(stage.deps)(customer, { entry }));
    await well(reportUsage(deps)(JOB));
    expect(await billed()).toBe(133n);
  });

  it('keeps a line that is refused from holding up the others, and tries it again', async () => {
    const { deps, holds, bucket, lines, clock } = await payerStage();
    await holds(bucket.id, NOW, 1_000);
    clock.set(plus(midnight(4), 2 * HOUR));
    const refused = { kind: 'processor_refused', code: 'invalid_request', reason: 'no' } as const;
    const report: Meters['report'] = (at, usage) =>
      usage.key.includes('2026-02-01') ? errAsync(refused) : deps.processor.meters.report(at, usage);
    expect((await reportUsage({ ...deps, processor: { meters: { report } } })(JOB)).isOk()).toBe(true);
    expect((await lines()).filter(({ reportedAt }) => reportedAt === undefined)).toMatchObject([
      { cents: 67n },
    ]);
    await well(reportUsage(deps)(JOB));
    expect((await lines()).every(({ reportedAt }) => reportedAt !== undefined)).toBe(true);
  });

  it('tries a refused line again for as long as the processor takes usage of then, and no longer', async () => {
    const { deps, holds, bucket, lines, clock } = await payerStage();
    await holds(bucket.id, NOW, 1_000);
    clock.set(plus(midnight(2), 2 * HOUR));
    const refused = { kind: 'processor_refused', code: 'invalid_request', reason: 'no' } as const;
    const first = () => lines().then((all) => all.toSorted((a, b) => a.usedAt - b.usedAt)[0]);
    const asked: string[] = [];
    const report: Meters['report'] = (_, { key }) => {
      asked.push(key);
      return errAsync(refused);
    };
    const look = () => well(reportUsage({ ...deps, processor: { meters: { report } } })(JOB));
    await look();
    const line = await first();
    if (line === undefined) throw new Error('nothing was used');
    clock.set(plus(line.usedAt, 35 * DAY));
    await look();
    expect(asked.filter((key) => key === line.id)).toHaveLength(2);
    clock.advance(HOUR);
    await look();
    expect(asked.filter((key) => key === line.id)).toHaveLength(2);
    expect((await first())?.reportedAt).toBeUndefined();
  });

  it('reports every cent once, whoever dies where', async () => {
    const change = fc.record({
      hour: fc.integer({ min: 0, max: 400 }),
      gigabytes: fc.integer({ min: 0, max: 900 }),
    });
    const run = fc.record({ hour: fc.integer({ min: 0, max: 400 }), hours: fc.integer({ min: 1, max: 30 }) });
    const death = fc.record({ call: fc.integer({ min: 1, max: 40 }), after: fc.boolean() });
    const look = fc.record({
      hours: fc.integer({ min: 1, max: 60 }),
      death: fc.option(death, { nil: undefined }),
    });
    const history = fc.record({
      changes: fc.array(change, { maxLength: 6 }),
      runs: fc.array(run, { maxLength: 4 }),
      looks: fc.array(look, { minLength: 1, maxLength: 7 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ changes, runs, looks }) => {
        const { deps, holds, ran, bucket, billed, due, clock } = await payerStage();
        for (const { hour, gigabytes } of changes) await holds(bucket.id, plus(NOW, hour * HOUR), gigabytes);
        for (const { hour, hours } of runs)
          await ran(plus(NOW, hour * HOUR), plus(NOW, (hour + hours) * HOUR));
        for (const { hours, death: doom } of looks) {
          clock.advance(hours * HOUR);
          let calls = 0;
          const fate = new ResultAsync<never, never>(Promise.reject(new Error('the process died')));
          fate.then(undefined, () => undefined);
          const mortal = meeting((_name, act) => {
            calls += 1;
            if (calls !== doom?.call) return act();
            return doom.after ? act().andThen(() => fate) : fate;
          }, deps);
          await reportUsage(mortal)(JOB).then(
            (result) => result._unsafeUnwrap(),
            (problem) => expect(String(problem)).toContain('died'),
          );
        }
        (await reportUsage(deps)(JOB))._unsafeUnwrap();
        expect(await billed()).toBe(await due());
      }),
      { numRuns: 60 },
    );
  });
});
