import { Temporal } from 'temporal-polyfill';
import { type Instant, instant } from '../shared/time.js';
import type { Period } from './period.js';

export type Interval = 'day' | 'week' | 'month' | 'year';
/** How long a price pays for: every 3 months is `{ interval: 'month', count: 3 }`. */
export type Every = { readonly interval: Interval; readonly count: number };

/** Where periods are counted from, by the wall clock of an IANA time zone. */
export type Anchor = { readonly at: Instant; readonly zone: string };

/** The `index`th one after an anchor. */
export type BillingPeriod = Period & { readonly index: number };

const UNITS = { day: 'days', week: 'weeks', month: 'months', year: 'years' } as const satisfies Record<
  Interval,
  string
>;
/** Mean lengths, to guess an index from; the guess is then mended. */
const MEAN_MS = {
  day: 86_400_000,
  week: 604_800_000,
  month: 2_629_746_000,
  year: 31_556_952_000,
} as const satisfies Record<Interval, number>;

/**
 * Where period `index` begins. Always counted from the anchor itself, never from the boundary before, so that
 * 31 January goes on 29 February, 31 March, 30 April: a short month does not pull later ones down.
 */
export const boundary = ({ at, zone }: Anchor, { interval, count }: Every, index: number): Instant =>
  instant(
    Temporal.Instant.fromEpochMilliseconds(at)
      .toZonedDateTimeISO(zone)
      .add({ [UNITS[interval]]: index * count }).epochMilliseconds,
  );

export const periodAfter = (anchor: Anchor, every: Every, index: number): BillingPeriod => ({
  index,
  start: boundary(anchor, every, index),
  end: boundary(anchor, every, index + 1),
});

/** The one period that `at` lies in; before the anchor they have negative indexes. */
export const periodAt = (anchor: Anchor, every: Every, at: Instant): BillingPeriod => {
  let index = Math.floor((at - anchor.at) / (MEAN_MS[every.interval] * every.count));
  while (boundary(anchor, every, index) > at) index -= 1;
  while (boundary(anchor, every, index + 1) <= at) index += 1;
  return periodAfter(anchor, every, index);
};
