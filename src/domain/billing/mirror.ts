import type { Instant } from '../shared/time.js';
import type { Labels } from './labels.js';
import type { Period } from './period.js';
import type { SellerId } from './seller.js';
import { canonicalStatus, type Subscription } from './subscription.js';

/** A subscription as the processor shows it, in its own words. */
export type ViewedSubscription = {
  readonly id: string;
  readonly status: string;
  readonly cancelAtPeriodEnd: boolean;
  readonly price: string;
  readonly usage?: { readonly since: Instant } | undefined;
  readonly period: Period;
  readonly createdAt: Instant;
  readonly endedAt?: Instant | undefined;
  readonly labels: Labels;
};

/** What we know of it ourselves. `id`: for a row that is made now; `priceId`: of ours, where the price is written down; `at`: now. */
export type Known = {
  readonly id: string;
  readonly sellerId: SellerId;
  readonly customerId: string;
  readonly priceId: string | undefined;
  readonly at: Instant;
};

const samePeriod = (a: Period, b: Period): boolean => a.start === b.start && a.end === b.end;

/** A price planned for later is dropped by any change, by a cancellation and by the end; a new period has taken it up. */
const stillPlanned = (before: Subscription | undefined, view: ViewedSubscription): boolean =>
  before?.processor?.priceId === view.price &&
  samePeriod(before.period, view.period) &&
  !view.cancelAtPeriodEnd &&
  canonicalStatus(view.status) !== 'ended';

/** As far as we have seen it; one that is new has had its price from its beginning. */
const pricedSince = (before: Subscription | undefined, view: ViewedSubscription, at: Instant) => {
  if (before?.processor === undefined) return view.createdAt;
  return before.processor.priceId === view.price ? before.processor.pricedSince : at;
};

/** Our row for what the processor shows; of a row that is there already its identity and its plan for later stay. */
export const mirrored = (
  before: Subscription | undefined,
  view: ViewedSubscription,
  { id, sellerId, customerId, priceId, at }: Known,
): Subscription => ({
  id: before?.id ?? id,
  number: before?.number ?? 0,
  version: before?.version ?? 1,
  ...(before?.confirmed !== undefined && { confirmed: before.confirmed }),
  sellerId,
  customerId,
  truthSource: 'mirrored',
  status: canonicalStatus(view.status),
  processor: {
    id: view.id,
    status: view.status,
    priceId: view.price,
    ...(view.usage && { usageSince: view.usage.since }),
    pricedSince: pricedSince(before, view, at),
  },
  ...(priceId !== undefined && { priceId }),
  cancelAtPeriodEnd: view.cancelAtPeriodEnd,
  ...(before?.nextPriceId !== undefined && stillPlanned(before, view) && { nextPriceId: before.nextPriceId }),
  period: { start: view.period.start, end: view.period.end },
  startedAt: view.createdAt,
  ...(view.endedAt !== undefined && { endedAt: view.endedAt }),
});

/** What a subscription says, whatever row says it. */
const said = (subscription: Subscription): string => {
  const { status, processor, priceId, nextPriceId, cancelAtPeriodEnd, period, startedAt, endedAt } =
    subscription;
  return JSON.stringify([
    status,
    processor && [processor.id, processor.status, processor.priceId, processor.usageSince],
    priceId,
    nextPriceId,
    cancelAtPeriodEnd,
    period.start,
    period.end,
    startedAt,
    endedAt,
  ]);
};

/** True when writing `after` over `before` would change nothing. */
export const standsAsBefore = (before: Subscription | undefined, after: Subscription): boolean =>
  before !== undefined && said(before) === said(after);

/** Over at this moment, whatever the processor knows: of a subscription that we alone keep. */
export const endedAt = (subscription: Subscription, at: Instant): Subscription => {
  const { nextPriceId: _planned, ...rest } = subscription;
  return { ...rest, status: 'ended', cancelAtPeriodEnd: false, endedAt: at };
};
