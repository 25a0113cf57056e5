import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Period } from '../../../../src/domain/billing/period.js';
import { prorate, prorateAfresh, unused } from '../../../../src/domain/billing/proration.js';
import { instant } from '../../../../src/domain/shared/time.js';

const at = (text: string) => instant(Date.parse(`${text}T00:00:00Z`));
const JUNE: Period = { start: at('2026-06-01'), end: at('2026-07-01') };

const amount = fc.bigInt({ min: 0n, max: 10n ** 12n });
const period = fc
  .record({ start: fc.integer({ min: 0, max: 4e12 }), length: fc.integer({ min: 1, max: 4e10 }) })
  .map(({ start, length }): Period => ({ start: instant(start), end: instant(start + length) }));
const within = period.chain((whole) =>
  fc.record({
    whole: fc.constant(whole),
    when: fc.integer({ min: whole.start, max: whole.end }).map(instant),
  }),
);

describe('proration', () => {
  it('of any chain of changes that comes back to its start at one instant nets to nothing', () => {
    fc.assert(
      fc.property(within, fc.array(amount, { minLength: 1, maxLength: 8 }), ({ whole, when }, prices) => {
        const [first = 0n] = prices;
        const chain = [...prices.slice(1), first];
        const nets = chain.map(
          (to, n) => prorate({ period: whole, at: when, from: prices[n] ?? first, to }).net,
        );
        expect(nets.reduce((a, b) => a + b, 0n)).toBe(0n);
      }),
    );
  });

  it('of k changes at any moments charges what each price costs for its time, to within k minor units', () => {
    const history = within.chain(({ whole }) =>
      fc.record({
        whole: fc.constant(whole),
        first: amount,
        changes: fc.array(
          fc.record({ at: fc.integer({ min: whole.start, max: whole.end }).map(instant), to: amount }),
          { minLength: 1, maxLength: 12 },
        ),
      }),
    );
    fc.assert(
      fc.property(history, ({ whole, first, changes }) => {
        const inOrder = changes.toSorted((a, b) => a.at - b.at);
        const prices = [first, ...inOrder.map(({ to }) => to)];
        const edges = [whole.start, ...inOrder.map(({ at }) => at), whole.end];
        const charged = inOrder.reduce(
          (sum, { at, to }, n) => sum + prorate({ period: whole, at, from: prices[n] ?? 0n, to }).net,
          first,
        );
        // Both sides times the length of the period, so that nothing is rounded here.
        const length = BigInt(whole.end - whole.start);
        const exact = prices.reduce(
          (sum, price, n) => sum + price * BigInt((edges[n + 1] ?? whole.end) - (edges[n] ?? whole.end)),
          0n,
        );
        const off = charged * length - exact;
        expect((off < 0n ? -off : off) <= BigInt(changes.length) * length).toBe(true);
      }),
    );
  });

  it('never gives back or takes more than a price, and only what is left of it', () => {
    fc.assert(
      fc.property(within, amount, ({ whole, when }, price) => {
        const left = unused(price, whole, when);
        expect(left >= 0n && left <= price).toBe(true);
        expect(unused(price, whole, whole.start)).toBe(price);
        expect(unused(price, whole, whole.end)).toBe(0n);
      }),
    );
  });

  it('holds outside the period as at its nearest end', () => {
    expect(unused(100n, JUNE, at('2026-05-01'))).toBe(100n);
    expect(unused(100n, JUNE, at('2026-08-01'))).toBe(0n);
  });

  // Polar's published scenarios; peers of ours expect the same.
  it.each([
    ['100 to 300 half-way through the month', '2026-06-16', 10_000n, 30_000n, 5_000n, 15_000n],
    ['300 to 100 half-way through the month', '2026-06-16', 30_000n, 10_000n, 15_000n, 5_000n],
    ['five seats of 10 to eight', '2026-06-16', 5_000n, 8_000n, 2_500n, 4_000n],
    ['on the first day', '2026-06-01', 1_000n, 3_000n, 1_000n, 3_000n],
  ])('of %s', (_, day, from, to, credit, debit) => {
    expect(prorate({ period: JUNE, at: at(day), from, to })).toEqual({ credit, debit, net: debit - credit });
  });

  it('measures against the whole quarter after an upgrade, not against what was left of it', () => {
    const quarter: Period = { start: at('2026-01-01'), end: at('2026-04-02') };
    const upgraded = prorate({ period: quarter, at: at('2026-02-19'), from: 9_100n, to: 18_200n });
    expect(upgraded).toEqual({ credit: 4_200n, debit: 8_400n, net: 4_200n });
  });

  it('from monthly to yearly credits what is left and takes the year in full', () => {
    const change = { period: JUNE, at: at('2026-06-16'), from: 10_000n, to: 100_000n };
    expect(prorateAfresh(change)).toEqual({ credit: 5_000n, debit: 100_000n, net: 95_000n });
  });
});
