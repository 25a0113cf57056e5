import type { Instant } from '../shared/time.js';
import { halfUp } from './money.js';
import type { Period } from './period.js';

/** Prices in minor units of one currency, each for the whole of the running period. */
export type PriceChange = {
  readonly period: Period;
  /** When it takes effect; outside the period it counts as its nearest end. */
  readonly at: Instant;
  readonly from: bigint;
  readonly to: bigint;
};
/** `credit`: what of the old price is not used up. `debit`: what the new one costs for the rest. */
export type Proration = { readonly credit: bigint; readonly debit: bigint; readonly net: bigint };

/**
 * What is left of an amount that pays for a whole period, to the nearest minor unit. The denominator is always the
 * whole period, also after earlier changes: what is left is never measured against what was left before.
 */
export const unused = (amount: bigint, { start, end }: Period, at: Instant): bigint => {
  const left = Math.min(Math.max(end - at, 0), end - start);
  return halfUp(amount * BigInt(left), BigInt(end - start));
};

/** The two lines of a change within a period; each is rounded for itself, so that changes and their undoing cancel out. */
export const prorate = ({ period, at, from, to }: PriceChange): Proration => {
  const credit = unused(from, period, at);
  const debit = unused(to, period, at);
  return { credit, debit, net: debit - credit };
};

/** A change to another rhythm: the new period begins at the change and is paid in full. */
export const prorateAfresh = ({ period, at, from, to }: PriceChange): Proration => {
  const credit = unused(from, period, at);
  return { credit, debit: to, net: to - credit };
};
