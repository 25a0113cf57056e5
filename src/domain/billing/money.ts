import type { Currency } from './currency.js';

/** An amount in minor units of its currency. Never a number. */
export type Money = { readonly amount: bigint; readonly currency: Currency };

/** The nearest whole number; halves go away from zero. All rounding of money is this. */
export const halfUp = (numerator: bigint, denominator: bigint): bigint =>
  numerator < 0n
    ? -((-2n * numerator + denominator) / (2n * denominator))
    : (2n * numerator + denominator) / (2n * denominator);

const largestFirst = ([a, i]: readonly [bigint, number], [b, j]: readonly [bigint, number]): number =>
  a === b ? i - j : a > b ? -1 : 1;

/**
 * Splits an amount in the ratio of the weights, so that the parts sum to the whole: what whole units leave over goes,
 * one by one, to those who lost most by it, the earlier one of equals. Without any weight the first takes all.
 */
export const allocate = (
  { amount, currency }: Money,
  weights: readonly [bigint, ...bigint[]],
): readonly Money[] => {
  const sum = weights.reduce((a, b) => a + b, 0n);
  const shares = sum === 0n ? weights.map((_, at) => (at === 0 ? 1n : 0n)) : weights;
  const total = sum === 0n ? 1n : sum;
  const sign = amount < 0n ? -1n : 1n;
  const size = sign * amount;
  const parts = shares.map((share) => (size * share) / total);
  const left = size - parts.reduce((a, b) => a + b, 0n);
  const order = shares
    .map((share, at) => [(size * share) % total, at] as const)
    .sort(largestFirst)
    .slice(0, Number(left));
  const raised = new Set(order.map(([, at]) => at));
  return parts.map((part, at) => ({ amount: sign * (raised.has(at) ? part + 1n : part), currency }));
};
