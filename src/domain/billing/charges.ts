import type { Currency } from './currency.js';
import { halfUp, type Money } from './money.js';
import { microsPerMinor } from './price.js';
import type { Slot } from './slots.js';

/** What a meter counts in, and how much of that makes the unit that has a price. */
export type Unit = { readonly name: string; readonly per: bigint };

/** A gigabyte (10⁹ bytes) for a day, counted in byte-milliseconds. */
export const GB_DAY: Unit = { name: 'GB-day', per: 1_000_000_000n * 86_400_000n };
/** An instance for an hour, counted in milliseconds. */
export const INSTANCE_HOUR: Unit = { name: 'instance-hour', per: 3_600_000n };

/** What a resource used in a slot at one price. */
export type Use = {
  readonly resourceId: string;
  readonly label: string;
  /** The slot's place among its report's. */
  readonly slot: number;
  readonly amount: bigint;
  /** Of one unit. */
  readonly micros: bigint;
};

export type Charge = { readonly use: Use; readonly cost: Money };

/**
 * What each use costs: what its resource has cost since the start of the UTC month, rounded, less the same without
 * this use. So the charges of any stretch of a month sum to the rounded cost of that stretch's end less that of its
 * start, whatever the slots; and all of a month to the cost of the month, rounded once. Uses come by resource, and in
 * the order of time.
 */
export const chargesOf = (
  uses: readonly Use[],
  slots: readonly Pick<Slot, 'opensMonth'>[],
  unit: Unit,
  currency: Currency,
): readonly Charge[] => {
  const denominator = unit.per * microsPerMinor(currency);
  const monthOf = monthsOf(slots);
  let [resource, month, numerator, charged]: [string | undefined, number, bigint, bigint] = [
    undefined,
    0,
    0n,
    0n,
  ];
  return uses.map((use) => {
    const now = monthOf[use.slot] ?? 0;
    if (use.resourceId !== resource || now !== month)
      [resource, month, numerator, charged] = [use.resourceId, now, 0n, 0n];
    numerator += use.amount * use.micros;
    const due = halfUp(numerator, denominator);
    const cost = { amount: due - charged, currency };
    charged = due;
    return { use, cost };
  });
};

const monthsOf = (slots: readonly Pick<Slot, 'opensMonth'>[]): readonly number[] => {
  let month = 0;
  return slots.map(({ opensMonth }) => {
    if (opensMonth) month += 1;
    return month;
  });
};
