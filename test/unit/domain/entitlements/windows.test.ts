import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  billingPeriodAt,
  earliestOf,
  LIFETIME_START,
  windowAt,
  windowStartsOf,
} from '../../../../src/domain/entitlements/windows.js';
import { DAY, type Instant, instant, MINUTE, plus } from '../../../../src/domain/shared/time.js';

const utc = (text: string): Instant => instant(Date.parse(`${text}Z`));
const aMoment = fc.integer({ min: utc('2000-01-01T00:00'), max: utc('2100-01-01T00:00') }).map(instant);

it('tiles all time with UTC days and months: each moment lies in one, and the next begins where it ends', () => {
  fc.assert(
    fc.property(aMoment, fc.constantFrom('day' as const, 'month' as const), (at, kind) => {
      const { start, end = start } = windowAt(kind, undefined, at);
      expect(start <= at && at < end).toBe(true);
      expect(windowAt(kind, undefined, end).start).toBe(end);
      expect(windowAt(kind, undefined, plus(end, -1)).start).toBe(start);
      expect(windowAt(kind, undefined, start).start).toBe(start);
    }),
    { numRuns: 100 },
  );
});

it.each([
  ['day', '2026-01-31T23:59:59.999', '2026-01-31T00:00', '2026-02-01T00:00'],
  ['day', '2026-02-01T00:00', '2026-02-01T00:00', '2026-02-02T00:00'],
  ['month', '2026-01-31T23:59:59.999', '2026-01-01T00:00', '2026-02-01T00:00'],
  ['month', '2026-02-01T00:00', '2026-02-01T00:00', '2026-03-01T00:00'],
  ['month', '2028-02-29T23:59:59.999', '2028-02-01T00:00', '2028-03-01T00:00'],
  ['month', '2026-12-31T23:59:59.999', '2026-12-01T00:00', '2027-01-01T00:00'],
] as const)('puts into the %s of %s what lies from %s up to %s', (kind, at, start, end) => {
  expect(windowAt(kind, undefined, utc(at))).toEqual({ start: utc(start), end: utc(end) });
});

it('never ends a lifetime', () => {
  expect(windowAt('lifetime', undefined, utc('2026-01-31T12:00'))).toEqual({ start: LIFETIME_START });
});

const PERIOD = { start: utc('2026-01-15T08:30'), end: utc('2026-02-15T08:30') };

it('counts by the billing period from its anchor, up to but not with its end', () => {
  expect(windowAt('billing_period', PERIOD, PERIOD.start)).toEqual(PERIOD);
  expect(windowAt('billing_period', PERIOD, plus(PERIOD.end, -1))).toEqual(PERIOD);
});

it('goes on in a billing period whose successor nobody has told of, rather than not to count at all', () => {
  const late = plus(PERIOD.end, DAY);
  expect(billingPeriodAt(PERIOD, late)).toEqual({ start: PERIOD.start });
  expect(windowStartsOf(late, { period: PERIOD, now: late })).toMatchObject({
    billing_period: PERIOD.start,
  });
});

it('counts by the month for an account that is not billed, and before its billing began', () => {
  const at = utc('2026-01-10T00:00');
  const month = { start: utc('2026-01-01T00:00'), end: utc('2026-02-01T00:00') };
  expect(windowAt('billing_period', undefined, at)).toEqual(month);
  expect(windowAt('billing_period', PERIOD, at)).toEqual(month);
});

it('counts what comes late in the day and month it happened in, and in no billing period but the current one', () => {
  const now = utc('2026-02-16T00:00');
  const next = { start: PERIOD.end, end: utc('2026-03-15T08:30') };
  const before = plus(next.start, -MINUTE);
  expect(windowStartsOf(before, { period: next, now })).toEqual({
    day: utc('2026-02-15T00:00'),
    month: utc('2026-02-01T00:00'),
  });
  expect(windowStartsOf(next.start, { period: next, now })).toEqual({
    day: utc('2026-02-15T00:00'),
    month: utc('2026-02-01T00:00'),
    billing_period: next.start,
  });
});

it('takes use as long as either its month or its billing period is not over', () => {
  const now = utc('2026-02-03T00:00');
  expect(earliestOf(undefined, now)).toBe(utc('2026-02-01T00:00'));
  expect(earliestOf(PERIOD, now)).toBe(PERIOD.start);
  expect(earliestOf({ start: utc('2026-02-02T00:00'), end: utc('2026-03-02T00:00') }, now)).toBe(
    utc('2026-02-01T00:00'),
  );
});
