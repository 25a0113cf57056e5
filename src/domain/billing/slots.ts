import { DAY, HOUR, type Instant } from '../shared/time.js';
import { dateOf, floorTo, monthStart, type Period, starts } from './period.js';
import { microsAt, type PriceVersion } from './price-book.js';

export const GRANULARITIES = ['hour', 'day'] as const;
export type Granularity = (typeof GRANULARITIES)[number];

/** A stretch of time within one UTC day (or hour), with one price of storage. */
export type Slot = Period & {
  readonly date: string;
  /** Its UTC hour; undefined in a report by day. */
  readonly hour: Instant | undefined;
  /** What a gigabyte costs a day then. */
  readonly storageMicros: bigint;
  /** False: before the range, in its first month; its usage is only counted on from. */
  readonly reported: boolean;
  readonly opensMonth: boolean;
};

const within = ({ start, end }: Period, moments: readonly Instant[]): readonly Instant[] =>
  moments.filter((at) => at > start && at < end);

/**
 * The slots of a report in order, without a gap: from the start of the month in which the range begins to its end,
 * cut wherever a day (or hour), the range or a price begins.
 */
export const slotsOf = (
  range: Period,
  granularity: Granularity,
  versions: readonly PriceVersion[],
): readonly Slot[] => {
  const step = granularity === 'hour' ? HOUR : DAY;
  const whole = { start: monthStart(range.start), end: range.end };
  const cuts = [
    ...within(whole, [range.start, ...starts(range, step), ...versions.map(({ validFrom }) => validFrom)]),
    whole.end,
  ];
  const edges = [...new Set(cuts)].sort((a, b) => a - b);
  return edges
    .map((end, at) => ({ start: edges[at - 1] ?? whole.start, end }))
    .filter(({ start, end }) => start < end)
    .map((slot) => ({
      ...slot,
      date: dateOf(slot.start),
      hour: granularity === 'hour' ? floorTo(slot.start, HOUR) : undefined,
      storageMicros: microsAt(versions, slot.start),
      reported: slot.start >= range.start,
      opensMonth: slot.start === monthStart(slot.start),
    }));
};

/** Where slots begin, and where the last one ends. */
export const edgesOf = (slots: readonly Slot[]): readonly Instant[] => [
  ...slots.slice(0, 1).map(({ start }) => start),
  ...slots.map(({ end }) => end),
];
