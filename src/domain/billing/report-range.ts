import { err, ok, type Result } from 'neverthrow';
import { DAY, type Instant, plus } from '../shared/time.js';
import type { Period } from './period.js';
import type { Granularity } from './slots.js';

export type InvalidRange = {
  readonly kind: 'invalid_range';
  readonly field: 'from' | 'to';
  readonly reason: string;
};

/** By the hour a report has 24 times the lines. */
const MOST_DAYS: Readonly<Record<Granularity, number>> = { day: 366, hour: 31 };
const USUAL_DAYS = 30;

/** What a report covers: as asked, else until now and the 30 days before its end. */
export const reportRange = (
  asked: { readonly from?: Instant | undefined; readonly to?: Instant | undefined },
  granularity: Granularity,
  now: Instant,
): Result<Period, InvalidRange> => {
  const end = asked.to ?? now;
  const start = asked.from ?? plus(end, -USUAL_DAYS * DAY);
  const refuse = (field: InvalidRange['field'], reason: string) =>
    err({ kind: 'invalid_range' as const, field, reason });
  if (start > end) return refuse('from', 'must not lie after to');
  const most = MOST_DAYS[granularity];
  if (end - start > most * DAY)
    return refuse('from', `must lie at most ${most} days before to in a report by ${granularity}`);
  return ok({ start, end });
};
