import { expect } from 'vitest';
import { currency } from '../../../../src/domain/billing/currency.js';
import { overlap, type Period } from '../../../../src/domain/billing/period.js';
import { edgesOf, type Granularity, slotsOf } from '../../../../src/domain/billing/slots.js';
import { type Measured, usageReport } from '../../../../src/domain/billing/usage-report.js';
import { instant } from '../../../../src/domain/shared/time.js';

export const usd = currency('usd')._unsafeUnwrap();
export const utc = (text: string) => instant(Date.parse(text));
export const JANUARY = utc('2026-01-01T00:00:00Z');
export const MARCH = utc('2026-03-01T00:00:00Z');
const LABEL = 'local/local.standard';

export type Run = Period & { readonly fileSystemId: string; readonly microsPerHour: bigint };
export type World = { readonly runs: readonly Run[]; readonly bytes: number; readonly storageMicros: bigint };

/** A report over one bucket that holds `bytes` all the time, and file systems that ran. */
export const reportOf = (
  { runs, bytes, storageMicros }: World,
  range: Period,
  granularity: Granularity = 'day',
  now = instant(8_000_000_000_000),
) => {
  const slots = slotsOf(range, granularity, [
    { item: 'storage', price: { micros: storageMicros, currency: usd }, validFrom: instant(0) },
  ]);
  const edges = edgesOf(slots);
  const used = <T extends { readonly amount: bigint }>(all: readonly T[]) =>
    all.filter(({ amount }) => amount > 0n);
  const ran = runs.flatMap((run) =>
    slots.map((slot, at) => ({ ...run, label: LABEL, slot: at, amount: BigInt(overlap(run, slot)) })),
  );
  const stored = slots.map(({ start, end }, slot) => ({
    bucketId: 'b',
    slot,
    amount: BigInt(bytes) * BigInt(end - start),
  }));
  const measured: Measured = {
    range,
    granularity,
    currency: usd,
    now,
    slots,
    buckets: [{ id: 'b', name: 'photos', bucketName: 'th-b', living: true, bytes, objects: 1 }],
    fileSystems: [],
    stored: used(stored).map(({ amount, ...row }) => ({ ...row, byteMs: amount })),
    ran: used(ran)
      .sort((a, b) =>
        a.fileSystemId === b.fileSystemId ? a.slot - b.slot : a.fileSystemId < b.fileSystemId ? -1 : 1,
      )
      .map(({ amount, ...row }) => ({ ...row, ms: amount })),
  };
  expect(edges.length).not.toBe(1);
  return usageReport(measured);
};

export type Report = ReturnType<typeof reportOf>;
export const totalOf = ({ lines }: Report, resource?: string): bigint =>
  lines
    .filter(({ resourceId }) => resource === undefined || resourceId === resource)
    .reduce((sum, line) => sum + line.cost.amount, 0n);
