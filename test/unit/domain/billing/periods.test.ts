import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currency } from '../../../../src/domain/billing/currency.js';
import { dateOf, floorTo, monthStart, overlap, starts } from '../../../../src/domain/billing/period.js';
import { microsAt, nextVersion, type PriceVersion } from '../../../../src/domain/billing/price-book.js';
import { reportRange } from '../../../../src/domain/billing/report-range.js';
import { edgesOf, GRANULARITIES, slotsOf } from '../../../../src/domain/billing/slots.js';
import { DAY, HOUR, instant, plus } from '../../../../src/domain/shared/time.js';

const utc = (text: string) => instant(Date.parse(text));
const moment = fc.integer({ min: Date.UTC(2023, 11, 20), max: Date.UTC(2025, 1, 10) }).map(instant);
const usd = currency('usd')._unsafeUnwrap();
const eur = currency('eur')._unsafeUnwrap();
const version = (text: string, micros: bigint): PriceVersion => ({
  item: 'storage',
  price: { micros, currency: usd },
  validFrom: utc(text),
});

describe('periods', () => {
  it('count the UTC days that they touch, and none when they are empty', () => {
    const start = utc('2024-02-28T22:00:00Z');
    expect(starts({ start, end: utc('2024-03-01T00:00:00Z') }, DAY).map(dateOf)).toEqual([
      '2024-02-28',
      '2024-02-29',
    ]);
    expect(starts({ start, end: utc('2024-03-01T00:00:00.001Z') }, DAY).map(dateOf)).toHaveLength(3);
    expect(starts({ start, end: start }, DAY)).toEqual([]);
  });

  it('overlap by what both have, half-open', () => {
    const day = (n: number) => ({ start: instant(n * DAY), end: instant((n + 1) * DAY) });
    expect(overlap(day(1), day(2))).toBe(0);
    expect(overlap(day(1), { start: instant(0), end: instant(3 * DAY) })).toBe(DAY);
    expect(overlap({ start: instant(DAY + 5), end: instant(9 * DAY) }, day(1))).toBe(DAY - 5);
  });
});

describe('the slots of a report', () => {
  it('run without a gap from the start of the first month to the end, each within one day, month and price', () => {
    const prices = fc.uniqueArray(moment, { maxLength: 4 });
    fc.assert(
      fc.property(
        moment,
        fc.nat(40 * DAY),
        fc.constantFrom(...GRANULARITIES),
        prices,
        (start, length, by, changes) => {
          const range = { start, end: plus(start, by === 'hour' ? length % (2 * DAY) : length) };
          const versions = [...changes]
            .sort((a, b) => a - b)
            .map((validFrom, n) => ({
              item: 'storage' as const,
              price: { micros: BigInt(n + 1), currency: usd },
              validFrom,
            }));
          const slots = slotsOf(range, by, versions);
          const edges = edgesOf(slots);
          if (slots.length === 0) return void expect(range.start).toBe(range.end);
          expect([edges[0], edges.at(-1)]).toEqual([monthStart(start), range.end]);
          for (const [at, slot] of slots.entries()) {
            expect([slot.start, slot.end]).toEqual([edges[at], edges[at + 1]]);
            expect(slot.start).toBeLessThan(slot.end);
            expect(slot.reported).toBe(slot.start >= start);
            expect(slot.storageMicros).toBe(microsAt(versions, slot.start));
            expect(microsAt(versions, instant(slot.end - 1))).toBe(slot.storageMicros);
            if (!slot.reported) continue;
            const step = by === 'hour' ? HOUR : DAY;
            expect(floorTo(slot.start, step)).toBe(floorTo(instant(slot.end - 1), step));
            expect([slot.date, slot.hour]).toEqual([
              dateOf(slot.start),
              by === 'hour' ? floorTo(slot.start, HOUR) : undefined,
            ]);
          }
          expect(slots.filter(({ opensMonth }) => opensMonth).map(({ start: at }) => at)).toEqual([
            ...new Set(slots.map(({ start: at }) => monthStart(at))),
          ]);
        },
      ),
    );
  });
});

describe('the price book', () => {
  const versions = [version('2026-01-01T00:00:00Z', 667n), version('2026-01-10T00:00:00Z', 700n)];

  it('has the version that is valid at a moment, and no price before it begins', () => {
    const at = (text: string) => microsAt(versions, utc(text));
    expect(at('2025-12-31T23:59:59.999Z')).toBe(0n);
    expect([at('2026-01-01T00:00:00Z'), at('2026-01-09T23:59:59.999Z')]).toEqual([667n, 667n]);
    expect(at('2026-01-10T00:00:00Z')).toBe(700n);
  });

  it('goes on with a new price only, in the same currency, and never before the version it follows', () => {
    const next = (micros: bigint, text: string, latest = versions.at(-1), money = usd) =>
      nextVersion(latest, 'storage', { micros, currency: money }, utc(text));
    expect(next(700n, '2026-02-01T00:00:00Z')._unsafeUnwrap()).toBeUndefined();
    expect(next(1n, '2026-02-01T00:00:00Z')._unsafeUnwrap()).toEqual(version('2026-02-01T00:00:00Z', 1n));
    expect(next(1n, '2026-01-09T00:00:00Z')._unsafeUnwrap()).toEqual(version('2026-01-10T00:00:00.001Z', 1n));
    expect(next(1n, '2026-02-01T00:00:00Z', versions[1], eur)._unsafeUnwrapErr()).toEqual({
      kind: 'other_currency',
      currency: 'usd',
    });
  });
});

describe('the range of a report', () => {
  const now = utc('2026-03-15T12:00:00Z');
  const range = (from: string | undefined, to: string | undefined, by: 'hour' | 'day' = 'day') =>
    reportRange(
      { from: from === undefined ? from : utc(from), to: to === undefined ? to : utc(to) },
      by,
      now,
    );

  it('is what was asked, else the 30 days before its end, which is now', () => {
    expect(range(undefined, undefined)._unsafeUnwrap()).toEqual({
      start: utc('2026-02-13T12:00:00Z'),
      end: now,
    });
    expect(range('2026-03-01T00:00:00Z', undefined)._unsafeUnwrap()).toEqual({
      start: utc('2026-03-01T00:00:00Z'),
      end: now,
    });
    expect(range(undefined, '2026-01-31T00:00:00Z')._unsafeUnwrap().start).toBe(utc('2026-01-01T00:00:00Z'));
    expect(range('2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z').isOk()).toBe(true);
  });

  it('neither ends before it begins nor is longer than a report can be', () => {
    const refused = (result: ReturnType<typeof range>) => result._unsafeUnwrapErr().field;
    expect(refused(range('2026-03-16T00:00:00Z', undefined))).toBe('from');
    expect(range('2025-01-01T00:00:00Z', '2026-01-02T00:00:00Z').isOk()).toBe(true);
    expect(refused(range('2025-01-01T00:00:00Z', '2026-01-02T00:00:00.001Z'))).toBe('from');
    expect(range('2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z', 'hour').isOk()).toBe(true);
    expect(refused(range('2026-01-01T00:00:00Z', '2026-02-01T00:00:00.001Z', 'hour'))).toBe('from');
  });
});
