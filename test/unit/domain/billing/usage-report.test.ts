import { describe, expect, it } from 'vitest';
import { chargesOf, GB_DAY, type Use } from '../../../../src/domain/billing/charges.js';
import { starts } from '../../../../src/domain/billing/period.js';
import { slotsOf } from '../../../../src/domain/billing/slots.js';
import { DAY, HOUR, MINUTE, plus, SECOND } from '../../../../src/domain/shared/time.js';
import { JANUARY, MARCH, reportOf, usd, utc } from './reports.rig.js';

const NOTHING_STORED = { bytes: 0, storageMicros: 667n };
const SEVEN_CENTS = 70_000n;

describe('a file system', () => {
  it('that ran for 90 s at 7 cents an hour has used 0.025 h, which rounds to nothing', () => {
    const start = utc('2026-01-10T10:00:00Z');
    const run = { fileSystemId: 'f', start, end: plus(start, 90 * SECOND), microsPerHour: SEVEN_CENTS };
    const report = reportOf(
      { ...NOTHING_STORED, runs: [run] },
      { start: JANUARY, end: plus(JANUARY, 31 * DAY) },
    );
    expect(
      report.lines.map(({ date, amount, unit, cost }) => [
        date,
        Number(amount) / Number(unit.per),
        cost.amount,
      ]),
    ).toEqual([['2026-01-10', 0.025, 0n]]);
  });

  it('has its cents on the day on which they are full, and none of them twice', () => {
    // 90 s a day cost 0.175 cents: the month's sum reaches 0.5 on the third day, 1.5 on the ninth.
    const runs = starts({ start: JANUARY, end: plus(JANUARY, 12 * DAY) }, DAY).map((start) => ({
      fileSystemId: 'f',
      start,
      end: plus(start, 90 * SECOND),
      microsPerHour: SEVEN_CENTS,
    }));
    const report = reportOf({ ...NOTHING_STORED, runs }, { start: JANUARY, end: plus(JANUARY, 12 * DAY) });
    expect(report.days.map(({ fileSystems }) => fileSystems.amount)).toEqual([
      0n,
      0n,
      1n,
      0n,
      0n,
      0n,
      0n,
      0n,
      1n,
      0n,
      0n,
      0n,
    ]);
  });

  it('that runs across midnight in UTC has a line on both days, and begins anew with the month', () => {
    const start = utc('2026-01-31T23:30:00Z');
    const run = { fileSystemId: 'f', start, end: plus(start, HOUR), microsPerHour: 10_000n };
    const report = reportOf({ ...NOTHING_STORED, runs: [run] }, { start: JANUARY, end: MARCH });
    expect(report.lines.map(({ date, amount, cost }) => [date, amount, cost.amount])).toEqual([
      ['2026-01-31', BigInt(30 * MINUTE), 1n],
      ['2026-02-01', BigInt(30 * MINUTE), 1n],
    ]);
  });
});

describe('a report', () => {
  it('has every UTC day of its range, with nothing on those that are still to come', () => {
    const range = { start: utc('2026-01-30T18:00:00Z'), end: utc('2026-02-02T06:00:00Z') };
    const now = utc('2026-01-31T06:00:00Z');
    const { days } = reportOf(
      { runs: [], bytes: 1_000, storageMicros: 0n },
      { start: range.start, end: now },
      'day',
      now,
    );
    expect(days.map(({ date, averageBytes }) => [date, averageBytes])).toEqual([
      ['2026-01-30', 1_000n],
      ['2026-01-31', 1_000n],
    ]);
    const ahead = reportOf({ runs: [], bytes: 0, storageMicros: 0n }, range, 'day', now);
    expect(ahead.days.map(({ date, averageBytes, storage }) => [date, averageBytes, storage.amount])).toEqual(
      ['2026-01-30', '2026-01-31', '2026-02-01', '2026-02-02'].map((date) => [date, 0n, 0n]),
    );
  });

  it('charges a change of price in the middle of a day for what came after it', () => {
    const range = { start: JANUARY, end: plus(JANUARY, DAY) };
    const price = (micros: bigint, validFrom = JANUARY) => ({
      item: 'storage' as const,
      price: { micros, currency: usd },
      validFrom,
    });
    const slots = slotsOf(range, 'day', [price(10_000n), price(30_000n, plus(JANUARY, 12 * HOUR))]);
    const uses = slots.map(
      (slot, at): Use => ({
        resourceId: 'b',
        label: 'photos',
        slot: at,
        amount: 100n * 10n ** 9n * BigInt(slot.end - slot.start),
        micros: slot.storageMicros,
      }),
    );
    expect(chargesOf(uses, slots, GB_DAY, usd).map(({ use, cost }) => [use.micros, cost.amount])).toEqual([
      [10_000n, 50n],
      [30_000n, 150n],
    ]);
  });
});
