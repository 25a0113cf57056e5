import type { AccountId } from '../shared/ids.js';
import { DAY, HOUR, type Instant, instant, plus, SECOND } from '../shared/time.js';
import { floorTo, type Period } from './period.js';
import { isLive, type Subscription } from './subscription.js';
import type { UsageLine as ReportLine } from './usage-report.js';

/** Cents of one resource for one day, under the name by which they count once. */
export type DayLine = { readonly id: string; readonly cents: bigint; readonly usedAt: Instant };

/** A subscription that carries what was used, with the time that is to be reported of it. */
export type UsageSpan = { readonly subscription: Charged; readonly span: Period };
type Charged = Subscription & { readonly usageSince: Instant };

/** Meters may tell of an hour this late. */
const SETTLED_AFTER = 2 * HOUR;
/** Processors take no usage that is older than 35 days. */
const MOST_DAYS = 34;
/** Its last invoice is out long before; after that nothing that is told of it is charged. */
const ENDED_FOR = 2 * DAY;

const isMirrored = ({ truthSource }: Subscription): boolean => truthSource === 'mirrored';

/** Live, and what is used is on no invoice of it. With a price planned for later it waits until that has come. */
export const lacksUsage = (row: Subscription): boolean =>
  isMirrored(row) &&
  isLive(row) &&
  row.processor !== undefined &&
  row.processor.usageSince === undefined &&
  row.nextPriceId === undefined;

/** Of the time of one that another had before it, and after it, nothing is told twice. */
const isSurplus = (row: Subscription, rows: readonly Subscription[]): boolean =>
  rows.some(
    (other) =>
      other.id !== row.id &&
      isMirrored(other) &&
      (other.startedAt < row.startedAt || (other.startedAt === row.startedAt && isLive(other))) &&
      (other.endedAt ?? Number.POSITIVE_INFINITY) > (row.endedAt ?? 0),
  );

/** Until when there is something to tell of it: the last day that is over, or the very end. */
const toldUntil = (row: Subscription, rows: readonly Subscription[], now: Instant): Instant | undefined => {
  if (isLive(row)) return floorTo(plus(now, -SETTLED_AFTER), DAY);
  if (row.endedAt === undefined || now - row.endedAt >= ENDED_FOR || isSurplus(row, rows)) return undefined;
  return row.endedAt < now ? row.endedAt : now;
};

/** What is to be reported now of a customer's subscriptions: days that are over, and the last part of a day. */
export const usageSpans = (rows: readonly Subscription[], now: Instant): readonly UsageSpan[] =>
  rows.flatMap((row) => {
    const usageSince = row.processor?.usageSince;
    const end = isMirrored(row) && usageSince !== undefined ? toldUntil(row, rows, now) : undefined;
    if (usageSince === undefined || end === undefined) return [];
    const start = instant(Math.max(row.startedAt, plus(floorTo(now, DAY), -MOST_DAYS * DAY)));
    return start < end ? [{ subscription: { ...row, usageSince }, span: { start, end } }] : [];
  });

/**
 * When a day's usage counts as used: that day, in its last second, or in the last before the end. Of a day that ended
 * before the running period began, or before there was an item to charge it to: then, or it would be on no invoice.
 */
const countedAt = (dayEnd: Instant, { period, usageSince, endedAt }: Charged): Instant => {
  const last = Math.min(dayEnd, endedAt ?? dayEnd) - SECOND;
  return instant(Math.max(last, period.start, usageSince));
};

/** `2026-01-31`; with the minute for a part of a day, the rest of which may be another subscription's. */
const nameOf = (date: string, dayEnd: Instant, { endedAt }: Charged): string =>
  endedAt !== undefined && endedAt < dayEnd
    ? `${date}T${new Date(endedAt).toISOString().slice(11, 16).replace(':', '')}`
    : date;

/** What the lines of a report come to for each resource and day. A day without a cent has no line. */
export const dayLines = (
  account: AccountId,
  subscription: Charged,
  lines: readonly ReportLine[],
): readonly DayLine[] => {
  const sums = new Map<string, { cents: bigint; readonly usedAt: Instant }>();
  for (const { kind, resourceId, date, cost } of lines) {
    const dayEnd = instant(Date.parse(`${date}T00:00:00Z`) + DAY);
    const id = [account, resourceId, nameOf(date, dayEnd, subscription), kind].join(':');
    const sum = sums.get(id) ?? { cents: 0n, usedAt: countedAt(dayEnd, subscription) };
    sum.cents += cost.amount;
    sums.set(id, sum);
  }
  return [...sums]
    .filter(([, { cents }]) => cents > 0n)
    .map(([id, { cents, usedAt }]) => ({ id, cents, usedAt }));
};
