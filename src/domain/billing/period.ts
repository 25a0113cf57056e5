import { DAY, type Instant, instant } from '../shared/time.js';

/** Half-open: the end of one is the start of the next, so that neighbours neither overlap nor leave a gap. */
export type Period = { readonly start: Instant; readonly end: Instant };

/** The start of the UTC hour or day (`step` in milliseconds) that a moment lies in. */
export const floorTo = (at: Instant, step: number): Instant => instant(Math.floor(at / step) * step);

/** The start of the UTC month that a moment lies in. */
export const monthStart = (at: Instant): Instant => {
  const date = new Date(at);
  return instant(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
};

/** The starts of all UTC hours or days that a period touches; the first may lie before it. */
export const starts = ({ start, end }: Period, step: number): readonly Instant[] => {
  const first = floorTo(start, step);
  const count = end <= start ? 0 : Math.ceil((end - first) / step);
  return Array.from({ length: count }, (_, n) => instant(first + n * step));
};

/** What both have in common, in milliseconds. */
export const overlap = (a: Period, b: Period): number =>
  Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));

/** The UTC date of a moment: `2026-01-31`. */
export const dateOf = (at: Instant): string => new Date(floorTo(at, DAY)).toISOString().slice(0, 10);
