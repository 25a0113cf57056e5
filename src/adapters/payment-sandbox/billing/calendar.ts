import type { Cycle, Seconds, Span } from '../records.js';

const DAY = 86_400;

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();

/** `months` after the anchor, on its day or, in a month that is too short, on the last one. */
const addMonths = (anchor: Seconds, months: number): Seconds => {
  const from = new Date(anchor * 1_000);
  const first = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months, 1));
  const day = Math.min(from.getUTCDate(), daysIn(first.getUTCFullYear(), first.getUTCMonth()));
  const midnight = Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), day) / 1_000;
  return midnight + (((anchor % DAY) + DAY) % DAY);
};

/** Where the n-th cycle after the anchor begins; counted from the anchor each time, so it never drifts. */
export const boundary = (anchor: Seconds, { interval, count }: Cycle, n: number): Seconds => {
  const units = n * count;
  if (interval === 'day') return anchor + units * DAY;
  if (interval === 'week') return anchor + units * 7 * DAY;
  return addMonths(anchor, interval === 'year' ? units * 12 : units);
};

/** The cycle that holds this moment. */
export const cycleAt = (anchor: Seconds, cycle: Cycle, at: Seconds): Span => {
  let n = 0;
  while (boundary(anchor, cycle, n + 1) <= at) n += 1;
  return { start: boundary(anchor, cycle, n), end: boundary(anchor, cycle, n + 1) };
};
