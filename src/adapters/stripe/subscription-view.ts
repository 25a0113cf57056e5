import { err, ok, Result } from 'neverthrow';
import type Stripe from 'stripe';
import { isLabelled } from '../../domain/billing/labels.js';
import { isUsageKey } from '../../domain/billing/usage-price.js';
import { instant, SECOND } from '../../domain/shared/time.js';
import type { ProcessorStatus, SubscriptionView } from '../../ports/billing/mirrored-subscriptions.js';
import type { ProcessorRefused } from '../../ports/billing/processor.js';

const idOf = (named: string | { readonly id: string }): string =>
  typeof named === 'string' ? named : named.id;

/** Stripe counts in whole seconds. */
export const secondsOf = (at: number): number => Math.floor(at / SECOND);
export const momentOf = (seconds: number) => instant(seconds * SECOND);

/** The plan: the one item that is paid in advance. What is paid by usage rides along and is left as it is. */
export const baseItem = (
  subscription: Stripe.Subscription,
): Result<Stripe.SubscriptionItem, ProcessorRefused> => {
  const licensed = subscription.items.data.filter(({ price }) => price.recurring?.usage_type !== 'metered');
  const [base] = licensed;
  return base !== undefined && licensed.length === 1
    ? ok(base)
    : err({
        kind: 'processor_refused',
        code: 'not_one_plan',
        reason: `${subscription.id} has ${licensed.length} items that are paid in advance; one of them must be the plan.`,
      });
};

/** Of one that has ended nothing depends on which of several was the plan. */
const planItem = (subscription: Stripe.Subscription): Result<Stripe.SubscriptionItem, ProcessorRefused> =>
  baseItem(subscription).orElse((failure) => {
    const [first] = subscription.items.data;
    return first !== undefined && hasEnded(subscription) ? ok(first) : err(failure);
  });

/** What is paid by usage and is ours: others' prices by usage may ride along too. */
export const usageItem = ({ items }: Stripe.Subscription): Stripe.SubscriptionItem | undefined =>
  items.data.find(({ price }) => price.recurring?.usage_type === 'metered' && isUsageKey(price.lookup_key));

const usageView = (subscription: Stripe.Subscription): Pick<SubscriptionView, 'usage'> => {
  const item = usageItem(subscription);
  return item ? { usage: { itemId: item.id, price: item.price.id, since: momentOf(item.created) } } : {};
};

const STATUSES: readonly string[] = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'canceled',
  'unpaid',
  'paused',
] satisfies readonly ProcessorStatus[];

/** The SDK's unions are open; the pinned version of the API has these and no others. */
const statusOf = (text: string): ProcessorStatus => {
  if (!STATUSES.includes(text)) throw new Error(`no subscription is ${text}`);
  return text as ProcessorStatus;
};

/** Our own cancellations set the flag; Stripe's portal, where billing is flexible, names the moment alone. */
export const isCancelling = ({ cancel_at_period_end, cancel_at }: Stripe.Subscription): boolean =>
  cancel_at_period_end || cancel_at !== null;

/** A subscription as the port has it. */
export const subscriptionView = (
  subscription: Stripe.Subscription,
): Result<SubscriptionView, ProcessorRefused> =>
  planItem(subscription).map((base) => ({
    id: subscription.id,
    customer: idOf(subscription.customer),
    status: statusOf(subscription.status),
    cancelAtPeriodEnd: isCancelling(subscription),
    price: base.price.id,
    itemId: base.id,
    ...usageView(subscription),
    period: { start: momentOf(base.current_period_start), end: momentOf(base.current_period_end) },
    createdAt: momentOf(subscription.created),
    ...(subscription.ended_at !== null && { endedAt: momentOf(subscription.ended_at) }),
    labels: subscription.metadata,
  }));

/** Those of a customer that are of our kind; one that was bought here and no longer is must not go unseen. */
export const subscriptionViews = (
  subscriptions: readonly Stripe.Subscription[],
): Result<readonly SubscriptionView[], ProcessorRefused> =>
  Result.combine(
    subscriptions
      .map((subscription) => ({ subscription, view: subscriptionView(subscription) }))
      .filter(({ subscription, view }) => view.isOk() || isLabelled(subscription.metadata))
      .map(({ view }) => view),
  );

/** Nothing more will ever happen to it. */
export const hasEnded = ({ status }: Stripe.Subscription): boolean =>
  status === 'canceled' || status === 'incomplete_expired';
