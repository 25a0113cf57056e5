import { DAY, type Instant, instant } from '../shared/time.js';
import type { WindowKind } from './allowance.js';

/** Half-open, as all periods. */
type Period = { readonly start: Instant; readonly end: Instant };
/** A stretch of time that use is counted in; without an end: for ever. */
export type Window = { readonly start: Instant; readonly end?: Instant | undefined };

/** Where the one window begins that never ends. */
export const LIFETIME_START = instant(0);

const dayOf = (at: Instant): Period => {
  const start = instant(Math.floor(at / DAY) * DAY);
  return { start, end: instant(start + DAY) };
};

const monthOf = (at: Instant): Period => {
  const date = new Date(at);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { start: instant(Date.UTC(year, month, 1)), end: instant(Date.UTC(year, month + 1, 1)) };
};

/**
 * The billing period that `at` lies in, if it is the one on record. Who tells of the next one may be late: until then
 * this one goes on, so that nothing is used in between without being counted.
 */
export const billingPeriodAt = (period: Period | undefined, at: Instant): Window | undefined => {
  if (period === undefined || at < period.start) return undefined;
  return at < period.end ? period : { start: period.start };
};

/** The window of this kind that `at` lies in. An account that is not billed counts by the month. */
export const windowAt = (kind: WindowKind, period: Period | undefined, at: Instant): Window => {
  if (kind === 'day') return dayOf(at);
  if (kind === 'month') return monthOf(at);
  if (kind === 'billing_period') return billingPeriodAt(period, at) ?? monthOf(at);
  return { start: LIFETIME_START };
};

/** By whose counter a window is told: who is not billed has none of billing periods. */
export const countedBy = (kind: WindowKind, period: Period | undefined, at: Instant): WindowKind =>
  kind === 'billing_period' && billingPeriodAt(period, at) === undefined ? 'month' : kind;

/**
 * The starts of all windows that a use at `usedAt` is counted in: of the day and month it happened in, and of the
 * billing period that is current at `now`, if it happened in that one.
 */
export const windowStartsOf = (
  usedAt: Instant,
  { period, now }: { readonly period?: Period | undefined; readonly now: Instant },
): { readonly day: Instant; readonly month: Instant; readonly billing_period?: Instant | undefined } => {
  const current = billingPeriodAt(period, now);
  const isIn = current !== undefined && usedAt >= current.start && usedAt < (current.end ?? Infinity);
  return {
    day: dayOf(usedAt).start,
    month: monthOf(usedAt).start,
    ...(isIn && { billing_period: current.start }),
  };
};

/** Use from before this moment is told too late: both the month and the billing period it belongs to are over. */
export const earliestOf = (period: Period | undefined, now: Instant): Instant => {
  const current = billingPeriodAt(period, now);
  return instant(Math.min(monthOf(now).start, current?.start ?? now));
};
