import type { AccountId } from '../shared/ids.js';
import { DAY, HOUR, type Instant, instant, plus, SECOND } from '../shared/time.js';
import { floorTo, type Period } from './period.js';
import type { Subscription } from './subscription.js';
import type { UsageLine as ReportLine } from './usage-report.js';

/** Cents of one resource for one day, under the name by which they count once. */
export type DayLine = { readonly id: string; readonly cents: bigint; readonly usedAt: Instant };

/** Meters may tell of an hour this late. */
const SETTLED_AFTER = 2 * HOUR;
/** Processors take no usage that is older than 35 days. */
const MOST_DAYS = 34;

/** The days that are over, of those that a subscription has been there for. */
export const settledDays = ({ startedAt }: Subscription, now: Instant): Period => {
  const end = floorTo(plus(now, -SETTLED_AFTER), DAY);
  const oldest = plus(floorTo(now, DAY), -MOST_DAYS * DAY);
  return { start: instant(Math.min(Math.max(startedAt, oldest), end)), end };
};

/**
 * When a day's usage counts as used: that day, in its last second. Of a day that ended before the running period
 * began: then, or it would come too late for the invoice of the period before and be on none.
 */
const countedAt = (date: string, { period }: Subscription): Instant => {
  const last = instant(Date.parse(`${date}T00:00:00Z`) + DAY - SECOND);
  return instant(Math.max(last, period.start));
};

/** What the lines of a report come to for each resource and day. A day without a cent has no line. */
export const dayLines = (
  account: AccountId,
  subscription: Subscription,
  lines: readonly ReportLine[],
): readonly DayLine[] => {
  const sums = new Map<string, { cents: bigint; readonly date: string }>();
  for (const { kind, resourceId, date, cost } of lines) {
    const id = [account, resourceId, date, kind].join(':');
    const sum = sums.get(id) ?? { cents: 0n, date };
    sum.cents += cost.amount;
    sums.set(id, sum);
  }
  return [...sums]
    .filter(([, { cents }]) => cents > 0n)
    .map(([id, { cents, date }]) => ({ id, cents, usedAt: countedAt(date, subscription) }));
};
