import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boundary,
  type Every,
  type Interval,
  periodAfter,
  periodAt,
} from '../../../../src/domain/billing/calendar.js';
import { instant, iso, plus } from '../../../../src/domain/shared/time.js';

const at = (text: string) => instant(Date.parse(text));
const MONTHLY: Every = { interval: 'month', count: 1 };

const INTERVALS: readonly Interval[] = ['day', 'week', 'month', 'year'];
const every = fc.record({ interval: fc.constantFrom(...INTERVALS), count: fc.integer({ min: 1, max: 36 }) });
const zone = fc.constantFrom('UTC', 'Europe/Paris', 'America/Juneau', 'Asia/Kolkata', 'Australia/Lord_Howe');
const moment = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2060-01-01'), noInvalidDate: true })
  .map((date) => instant(date.getTime()));
const anchor = fc.record({ at: moment, zone });

describe('billing periods', () => {
  it('follow one another without gap or overlap, whatever the anchor, interval and count', () => {
    fc.assert(
      fc.property(anchor, every, fc.integer({ min: 0, max: 60 }), (start, length, index) => {
        const [one, next] = [periodAfter(start, length, index), periodAfter(start, length, index + 1)];
        expect(one.start).toBeLessThan(one.end);
        expect(next.start).toBe(one.end);
      }),
    );
  });

  it('contain every moment exactly once', () => {
    fc.assert(
      fc.property(anchor, every, moment, (start, length, when) => {
        const period = periodAt(start, length, when);
        expect(period.start).toBeLessThanOrEqual(when);
        expect(when).toBeLessThan(period.end);
        expect(periodAt(start, length, period.start)).toEqual(period);
        expect(periodAt(start, length, plus(period.end, -1))).toEqual(period);
        expect(periodAt(start, length, period.end).index).toBe(period.index + 1);
      }),
    );
  });

  it('begin at the anchor', () => {
    fc.assert(
      fc.property(anchor, every, (start, length) => {
        expect(boundary(start, length, 0)).toBe(start.at);
        expect(periodAt(start, length, start.at).index).toBe(0);
      }),
    );
  });

  it.each([
    ['2024-01-31', ['2024-02-29', '2024-03-31', '2024-04-30', '2024-05-31']],
    ['2023-01-31', ['2023-02-28', '2023-03-31', '2023-04-30', '2023-05-31']],
    ['2023-01-30', ['2023-02-28', '2023-03-30', '2023-04-30', '2023-05-30']],
  ])('that begin on %s never drift to an earlier day', (begins, expected) => {
    const start = { at: at(`${begins}T00:00:00Z`), zone: 'UTC' };
    const days = expected.map((_, index) => iso(boundary(start, MONTHLY, index + 1)).slice(0, 10));
    expect(days).toEqual(expected);
  });

  it('of a leap day come back to it', () => {
    const start = { at: at('2024-02-29T12:00:00Z'), zone: 'UTC' };
    const years = [1, 2, 3, 4].map((n) =>
      iso(boundary(start, { interval: 'year', count: 1 }, n)).slice(0, 10),
    );
    expect(years).toEqual(['2025-02-28', '2026-02-28', '2027-02-28', '2028-02-29']);
  });

  it('keep the hour of the wall clock where clocks are changed', () => {
    const start = { at: at('2026-01-15T08:00:00Z'), zone: 'America/Juneau' };
    const hours = Array.from({ length: 18 }, (_, n) =>
      new Intl.DateTimeFormat('en-GB', { timeZone: 'America/Juneau', hour: '2-digit', hour12: false }).format(
        boundary(start, MONTHLY, n),
      ),
    );
    expect(new Set(hours)).toEqual(new Set(['23']));
  });
});
