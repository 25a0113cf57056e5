import type { Seconds, Span } from '../records.js';

/** Half away from zero, as Stripe's documents round amounts. */
const share = (amount: bigint, part: bigint, whole: bigint): bigint => {
  const doubled = amount * part * 2n;
  const half = doubled < 0n ? -whole : whole;
  return (doubled + half) / (whole * 2n);
};

/** What is left of a price for the rest of a period: by the second, against the whole period. */
export const rest = (amount: number, period: Span, at: Seconds): number => {
  const whole = BigInt(period.end - period.start);
  const left = BigInt(Math.min(Math.max(period.end - at, 0), period.end - period.start));
  return Number(share(BigInt(amount), left, whole));
};
