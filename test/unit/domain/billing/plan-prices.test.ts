import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currency } from '../../../../src/domain/billing/currency.js';
import type { PlanPrice } from '../../../../src/domain/billing/plan.js';
import { compareMonthly, priceFor, sellAt } from '../../../../src/domain/billing/plan-prices.js';

const USD = currency('usd')._unsafeUnwrap();
const price = (
  processorId: string,
  interval: 'month' | 'year',
  count = 1,
  active = true,
  amount = 100n,
): PlanPrice => ({
  id: `id of ${processorId}`,
  processorId,
  cost: { amount, currency: USD },
  every: { interval, count },
  active,
});

describe('the prices of a plan', () => {
  it('are one that is active for each rhythm; those before stay on record', () => {
    const [old, year, quarter] = [price('old', 'month'), price('year', 'year'), price('quarter', 'month', 3)];
    const now = sellAt([old, year, quarter], [price('new', 'month')]);
    expect(now.map(({ processorId, active }) => [processorId, active])).toEqual([
      ['old', false],
      ['year', true],
      ['quarter', true],
      ['new', true],
    ]);
    expect(priceFor({ prices: now }, { interval: 'month', count: 1 })?.processorId).toBe('new');
    expect(priceFor({ prices: now }, { interval: 'month', count: 2 })).toBeUndefined();
  });

  it('are taken up again as they were written down, whatever they cost by now', () => {
    const [old, current] = [price('old', 'month', 1, false, 100n), price('current', 'month')];
    const again = { ...price('old', 'month', 1, true, 999n), id: 'another id' };
    expect(sellAt([old, current], [again])).toEqual([
      { ...old, active: true },
      { ...current, active: false },
    ]);
  });

  it('compare by the month', () => {
    const of = (amount: bigint, interval: 'month' | 'year', count: number) =>
      price('any', interval, count, true, amount);
    expect(compareMonthly(of(2_900n, 'month', 1), of(9_900n, 'month', 1))).toBe(-1);
    expect(compareMonthly(of(9_900n, 'month', 1), of(2_900n, 'month', 1))).toBe(1);
    expect(compareMonthly(of(1_200n, 'month', 12), of(1_200n, 'year', 1))).toBe(0);
    expect(compareMonthly(of(17_400n, 'month', 6), of(2_900n, 'month', 1))).toBe(0);
    expect(compareMonthly(of(10_000n, 'year', 1), of(900n, 'month', 1))).toBe(-1);
    expect(compareMonthly(of(0n, 'month', 1), of(1n, 'year', 3))).toBe(-1);
  });

  it('compare the other way round as the other way round', () => {
    const any = fc.record({
      amount: fc.bigInt({ min: 0n, max: 10n ** 9n }),
      count: fc.integer({ min: 1, max: 36 }),
    });
    fc.assert(
      fc.property(any, any, (a, b) => {
        const [left, right] = [a, b].map(({ amount, count }) => price('any', 'month', count, true, amount));
        if (!left || !right) throw new Error('two were made');
        expect(compareMonthly(left, right)).toBe(0 - compareMonthly(right, left));
      }),
      { numRuns: 50 },
    );
  });
});
