import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GB_DAY, INSTANCE_HOUR } from '../../../../src/domain/billing/charges.js';
import { halfUp } from '../../../../src/domain/billing/money.js';
import { overlap } from '../../../../src/domain/billing/period.js';
import { microsPerMinor } from '../../../../src/domain/billing/price.js';
import { DAY, HOUR, instant, plus } from '../../../../src/domain/shared/time.js';
import { JANUARY, MARCH, type Run, reportOf, totalOf, usd } from './reports.rig.js';

const moment = fc.integer({ min: JANUARY, max: MARCH }).map(instant);
const aRun = fc.tuple(fc.constantFrom('f', 'g'), moment, fc.nat(5 * DAY), fc.bigInt(0n, 5_000_000n)).map(
  ([fileSystemId, start, length, microsPerHour]): Run => ({
    fileSystemId,
    start,
    end: plus(start, length),
    microsPerHour,
  }),
);
const aWorld = fc.record({
  runs: fc.array(aRun, { maxLength: 6 }),
  bytes: fc.nat(10 ** 12),
  storageMicros: fc.bigInt(0n, 100_000n),
});
const someMoments = fc
  .array(moment, { minLength: 3, maxLength: 6 })
  .map((all) => [...all].sort((a, b) => a - b));

describe('what usage costs', () => {
  it('is the same for a range and for its parts, wherever it is cut within a month', () => {
    const within = fc.array(fc.integer({ min: JANUARY, max: plus(JANUARY, 31 * DAY) }).map(instant), {
      minLength: 3,
      maxLength: 6,
    });
    fc.assert(
      fc.property(aWorld, within, (world, moments) => {
        const cuts = [...moments].sort((a, b) => a - b);
        const parts = cuts.slice(1).map((end, at) => reportOf(world, { start: cuts[at] ?? end, end }));
        const whole = reportOf(world, { start: cuts[0] ?? JANUARY, end: cuts.at(-1) ?? JANUARY });
        expect(parts.reduce((sum, part) => sum + totalOf(part), 0n)).toBe(totalOf(whole));
      }),
      { numRuns: 50 },
    );
  });

  it('is the same for a range and for its days, across months, and the same however it is asked for', () => {
    fc.assert(
      fc.property(aWorld, moment, fc.nat(40), (world, at, days) => {
        const start = instant(Math.floor(at / DAY) * DAY);
        const whole = reportOf(world, { start, end: plus(start, days * DAY) });
        for (const [n, day] of whole.days.entries()) {
          const alone = reportOf(world, { start: plus(start, n * DAY), end: plus(start, (n + 1) * DAY) });
          expect(alone.days).toEqual([day]);
          expect(day.storage.amount + day.fileSystems.amount).toBe(totalOf(alone));
        }
        const sum = whole.days.reduce((all, day) => all + day.storage.amount + day.fileSystems.amount, 0n);
        expect(sum).toBe(totalOf(whole));
      }),
      { numRuns: 30 },
    );
  });

  it('is for a month what all its usage costs, rounded once for each resource', () => {
    fc.assert(
      fc.property(aWorld, (world) => {
        const month = { start: JANUARY, end: plus(JANUARY, 31 * DAY) };
        const report = reportOf(world, month);
        for (const id of ['f', 'g']) {
          const exact = world.runs
            .filter(({ fileSystemId }) => fileSystemId === id)
            .reduce((sum, run) => sum + BigInt(overlap(run, month)) * run.microsPerHour, 0n);
          expect(totalOf(report, id)).toBe(halfUp(exact, INSTANCE_HOUR.per * microsPerMinor(usd)));
        }
        const stored = BigInt(world.bytes) * BigInt(31 * DAY) * world.storageMicros;
        expect(totalOf(report, 'b')).toBe(halfUp(stored, GB_DAY.per * microsPerMinor(usd)));
      }),
      { numRuns: 50 },
    );
  });

  it('is by the hour in sum what it is by the day, line by line', () => {
    fc.assert(
      fc.property(aWorld, someMoments, (world, [start = JANUARY]) => {
        const range = { start, end: plus(start, 2 * DAY + 5 * HOUR) };
        const [days, hours] = [reportOf(world, range, 'day'), reportOf(world, range, 'hour')];
        expect(hours.days).toEqual(days.days);
        const sums = new Map<string, readonly [bigint, bigint]>();
        for (const { date, resourceId, price, cost, amount } of hours.lines) {
          const key = [date, resourceId, price.micros].join();
          const [costs, amounts] = sums.get(key) ?? [0n, 0n];
          sums.set(key, [costs + cost.amount, amounts + amount]);
        }
        const byDay = new Map<string, bigint>();
        for (const { date, resourceId, price, amount } of days.lines) {
          const key = [date, resourceId, price.micros].join();
          byDay.set(key, (byDay.get(key) ?? 0n) + amount);
        }
        expect(new Map([...sums].map(([key, [, amount]]) => [key, amount]))).toEqual(byDay);
        expect(
          hours.lines.every(({ hour, date }) => new Date(hour ?? 0).toISOString().startsWith(date)),
        ).toBe(true);
        expect(totalOf(hours)).toBe(totalOf(days));
      }),
      { numRuns: 20 },
    );
  });

  it('is never less than nothing on any day', () => {
    fc.assert(
      fc.property(aWorld, moment, (world, start) => {
        const { lines } = reportOf(world, { start, end: plus(start, 20 * DAY) });
        expect(lines.filter(({ cost }) => cost.amount < 0n)).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});
