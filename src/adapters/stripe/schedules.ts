import { okAsync, type ResultAsync } from 'neverthrow';
import type Stripe from 'stripe';
import type { Prices } from '../../ports/billing/mirrored-subscriptions.js';
import type { ConnectionRef } from '../../ports/billing/processor.js';
import type { Calls } from './client.js';
import type { CallFailure } from './failures.js';
import { baseItem, usageItem } from './subscription-view.js';

type Phase = Stripe.SubscriptionScheduleUpdateParams.Phase;

const scheduleOf = ({ schedule }: Stripe.Subscription): string | undefined =>
  schedule === null || typeof schedule === 'string' ? (schedule ?? undefined) : schedule.id;

/**
 * Takes back what was planned for the end of the period; the subscription stays as it is. While a schedule is in
 * charge, Stripe lets nobody else change when the subscription ends.
 */
export const releaseSchedule = (
  calls: Calls,
  at: ConnectionRef,
  subscription: Stripe.Subscription,
  key: string,
): ResultAsync<unknown, CallFailure> => {
  const id = scheduleOf(subscription);
  return id === undefined
    ? okAsync(undefined)
    : calls(at, (stripe) =>
        stripe.subscriptionSchedules.release(id, {}, { idempotencyKey: `${key}/release/${id}` }),
      );
};

/** The one that is in charge already, or one made from the subscription as it is. */
const ensureSchedule = (
  calls: Calls,
  at: ConnectionRef,
  subscription: Stripe.Subscription,
  key: string,
): ResultAsync<string, CallFailure> => {
  const id = scheduleOf(subscription);
  return id !== undefined
    ? okAsync(id)
    : calls(at, (stripe) =>
        stripe.subscriptionSchedules.create(
          { from_subscription: subscription.id },
          { idempotencyKey: `${key}/schedule` },
        ),
      ).map((made) => made.id);
};

const phaseItems = (
  { items }: Stripe.Subscription,
  priceOf: (item: Stripe.SubscriptionItem) => string | undefined,
): Phase['items'] =>
  items.data.flatMap((item) => {
    const price = priceOf(item);
    const quantity = item.price.recurring?.usage_type !== 'metered' && { quantity: item.quantity ?? 1 };
    return price === undefined ? [] : [{ price, ...quantity }];
  });

type Next = Prices & { readonly key: string; readonly base: Stripe.SubscriptionItem };

/** What an item costs from then on; undefined: it is no more. */
const priceAfter =
  (used: Stripe.SubscriptionItem | undefined, { price, usage, base }: Next) =>
  (item: Stripe.SubscriptionItem): string | undefined => {
    if (item.id === base.id) return price;
    return item.id === used?.id ? usage : item.price.id;
  };

const phases = (
  subscription: Stripe.Subscription,
  next: Next,
  recurring: Stripe.Price.Recurring | null,
): Phase[] => [
  {
    items: phaseItems(subscription, (item) => item.price.id),
    start_date: next.base.current_period_start,
    end_date: next.base.current_period_end,
    proration_behavior: 'none',
  },
  {
    items: phaseItems(subscription, priceAfter(usageItem(subscription), next)),
    // One period under the schedule's rule, after which it lets go and the subscription runs on by itself.
    ...(recurring && {
      duration: { interval: recurring.interval, interval_count: recurring.interval_count },
    }),
    proration_behavior: 'none',
  },
];

const priceIn = ({ items }: Stripe.SubscriptionSchedule.Phase): string | undefined => {
  // What is paid by usage has no quantity.
  const plan = items.find(({ quantity }) => quantity !== undefined)?.price;
  return typeof plan === 'object' ? plan.id : plan;
};

/** What the phase after the running one has for the plan, where that is another price. */
export const plannedPrice = (
  calls: Calls,
  at: ConnectionRef,
  subscription: Stripe.Subscription,
): ResultAsync<string | undefined, CallFailure> => {
  const id = scheduleOf(subscription);
  if (id === undefined) return okAsync(undefined);
  return calls(at, (stripe) => stripe.subscriptionSchedules.retrieve(id)).andThen(
    ({ phases, current_phase }) =>
      baseItem(subscription).map(({ price }) => {
        const next = phases.find(({ start_date }) => current_phase && start_date >= current_phase.end_date);
        const planned = next && priceIn(next);
        return planned === price.id ? undefined : planned;
      }),
  );
};

/** Plans another price for when the running period ends, in place of what was planned before. */
export const scheduleChange = (
  calls: Calls,
  at: ConnectionRef,
  subscription: Stripe.Subscription,
  next: Next,
): ResultAsync<unknown, CallFailure> =>
  calls(at, (stripe) => stripe.prices.retrieve(next.price)).andThen(({ recurring }) =>
    ensureSchedule(calls, at, subscription, next.key).andThen((id) =>
      calls(at, (stripe) =>
        stripe.subscriptionSchedules.update(
          id,
          {
            end_behavior: 'release',
            proration_behavior: 'none',
            phases: phases(subscription, next, recurring),
          },
          { idempotencyKey: `${next.key}/phases` },
        ),
      ),
    ),
  );
