import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, type Instant, instant, SECOND } from '../../../../src/domain/shared/time.js';
import {
  hourOf,
  type SizeStep,
  type StorageHour,
  withSteps,
} from '../../../../src/domain/storage/storage-hours.js';

const START = instant(Date.UTC(2026, 0, 1));
const SPAN = 6 * HOUR;
const END = instant(START + SPAN);
const step = (after: number, bytes: number, objects = 1): SizeStep => ({
  at: instant(START + after),
  bytes,
  objects,
});

const steps = fc.array(
  fc.record({
    after: fc.integer({ min: 0, max: SPAN - 1 }),
    bytes: fc.integer({ min: -(2 ** 42), max: 2 ** 42 }),
    objects: fc.integer({ min: -3, max: 3 }),
  }),
  { maxLength: 30 },
);
const stepsOf = (given: readonly { after: number; bytes: number; objects: number }[]): readonly SizeStep[] =>
  given.map(({ after, bytes, objects }) => step(after, bytes, objects));

/** Milliseconds of an hour that lie after a moment. */
const after = (at: Instant, hour: Instant): bigint => BigInt(Math.max(0, hour + HOUR - Math.max(at, hour)));
/** Each change counts for as long as it is there: no rows, no order, no carrying forward. */
const naive = (all: readonly SizeStep[], hour: Instant): bigint =>
  all.reduce((sum, { at, bytes }) => sum + BigInt(bytes) * after(at, hour), 0n);

/** What the rows say of a whole hour, as its readers take them. */
const told = (rows: readonly StorageHour[], hour: Instant): bigint => {
  const row = rows.filter((one) => one.hour <= hour).at(-1);
  if (!row) return 0n;
  if (row.hour < hour) return BigInt(row.bytes) * BigInt(HOUR);
  return row.byteMs + BigInt(row.bytes) * BigInt(hour + HOUR - row.lastAt);
};
const hours = Array.from({ length: SPAN / HOUR }, (_, n) => instant(START + n * HOUR));

/** The rows that an adapter would have read before these steps. */
const sinceBefore = (rows: readonly StorageHour[], some: readonly SizeStep[]): readonly StorageHour[] => {
  const first = hourOf(instant(Math.min(...some.map(({ at }) => at))));
  const before = rows.filter(({ hour }) => hour < first).at(-1);
  return rows.filter(({ hour }) => hour >= (before?.hour ?? first));
};
const inBatches = (all: readonly SizeStep[], cuts: readonly number[]): readonly StorageHour[] => {
  const kept = new Map<number, StorageHour>();
  const places = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
  for (const [n, from] of places.entries()) {
    const batch = all.slice(from, places[n + 1] ?? all.length);
    const rows = [...kept.values()].sort((a, b) => a.hour - b.hour);
    if (batch.length > 0)
      for (const row of withSteps(sinceBefore(rows, batch), batch)) kept.set(row.hour, row);
  }
  return [...kept.values()].sort((a, b) => a.hour - b.hour);
};

describe('The hours of a bucket', () => {
  it('integrate its bytes to the last change of an hour, and carry them over hours without one', () => {
    const rows = withSteps([], [step(10 * SECOND, 5), step(40 * SECOND, 2), step(2 * HOUR + SECOND, -7, -2)]);
    expect(rows).toEqual([
      { hour: START, byteMs: 150_000n, bytes: 7, objects: 2, lastAt: START + 40 * SECOND },
      { hour: START + 2 * HOUR, byteMs: 7_000n, bytes: 0, objects: 0, lastAt: START + 2 * HOUR + SECOND },
    ]);
  });

  it('take in what comes late, also into an hour that is over', () => {
    const late = withSteps(withSteps([], [step(10 * SECOND, 5), step(HOUR + SECOND, 1)]), [
      step(HOUR - SECOND, 100),
    ]);
    expect(late.map(({ bytes, byteMs }) => [bytes, byteMs])).toEqual([
      [105, 5n * 3_589_000n],
      [106, 105n * 1_000n],
    ]);
  });

  it('come to the sum of every change for as long as it is there, in any order', () => {
    fc.assert(
      fc.property(steps, (given) => {
        const all = stepsOf(given);
        const rows = withSteps([], all);
        expect(hours.map((hour) => told(rows, hour))).toEqual(hours.map((hour) => naive(all, hour)));
        const sum = all.reduce((bytes, one) => bytes + one.bytes, 0);
        expect(rows.at(-1)?.bytes ?? 0).toBe(sum);
        expect(rows.every(({ lastAt, hour }) => lastAt >= hour && lastAt < hour + HOUR)).toBe(true);
        expect(END).toBe((hours.at(-1) ?? 0) + HOUR);
      }),
      { numRuns: 300 },
    );
  });

  it('are the same wherever batches are cut, from no more rows than an adapter reads', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.nat(), { maxLength: 5 }), (given, cuts) => {
        const all = stepsOf(given);
        expect(inBatches(all, cuts)).toEqual(withSteps([], all));
      }),
      { numRuns: 300 },
    );
  });
});
