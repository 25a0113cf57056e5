import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type Stripe from 'stripe';
import type { MirroredSubscriptions, SubscriptionView } from '../../ports/billing/mirrored-subscriptions.js';
import type { ConnectionRef } from '../../ports/billing/processor.js';
import type { Calls } from './client.js';
import { type CallFailure, neverDeclined } from './failures.js';
import { itemsWith } from './items.js';
import { madeUnderNextKey, under } from './kept-failures.js';
import { refundLatest } from './refunds.js';
import { plannedPrice, releaseSchedule, scheduleChange } from './schedules.js';
import {
  baseItem,
  hasEnded,
  isCancelling,
  secondsOf,
  subscriptionView,
  subscriptionViews,
  usageItem,
} from './subscription-view.js';

type ChangeNow = Parameters<MirroredSubscriptions['changePrice']>[1];
type ChangeLater = Parameters<MirroredSubscriptions['changePriceAtPeriodEnd']>[1];
type AddUsage = Parameters<MirroredSubscriptions['addUsage']>[1];
type CancelFlag = Parameters<MirroredSubscriptions['setCancelAtPeriodEnd']>[1];
type Viewed = ResultAsync<SubscriptionView, CallFailure>;

const MOST = 100;

const fetched = (
  calls: Calls,
  at: ConnectionRef,
  id: string,
): ResultAsync<Stripe.Subscription, CallFailure> => calls(at, (stripe) => stripe.subscriptions.retrieve(id));

/** As it is now, if that is how it should be. */
const standing = (
  calls: Calls,
  at: ConnectionRef,
  id: string,
  isSo: (now: Stripe.Subscription) => boolean,
): ResultAsync<Stripe.Subscription | undefined, CallFailure> =>
  fetched(calls, at, id).map((now) => (isSo(now) ? now : undefined));

const hasPrice = (now: Stripe.Subscription, price: string): boolean =>
  baseItem(now).match(
    (base) => base.price.id === price,
    () => false,
  );

/** With what it has now: whatever is to be changed must still be running. */
const running = (
  calls: Calls,
  at: ConnectionRef,
  id: string,
): ResultAsync<Stripe.Subscription, CallFailure> =>
  fetched(calls, at, id).andThen((subscription) =>
    hasEnded(subscription)
      ? errAsync<Stripe.Subscription, CallFailure>({
          kind: 'processor_refused',
          code: 'subscription_ended',
          reason: `${id} has ended and cannot be changed.`,
        })
      : okAsync(subscription),
  );

/** A charge that fails changes nothing: the old price goes on. */
const changeNow = (calls: Calls, at: ConnectionRef, { id, key, at: when, ...prices }: ChangeNow): Viewed =>
  running(calls, at, id).andThen((before) =>
    itemsWith(before, prices).asyncAndThen((items) =>
      madeUnderNextKey(key, {
        make: (once) =>
          calls(at, (stripe) =>
            stripe.subscriptions.update(
              id,
              {
                items,
                proration_behavior: 'always_invoice',
                proration_date: secondsOf(when),
                payment_behavior: 'error_if_incomplete',
              },
              under(once),
            ),
          ),
        find: () => standing(calls, at, id, (now) => hasPrice(now, prices.price)),
      })
        // Only once the change is made: one that the bank refuses leaves the plans for later as they were.
        .andThen((after) => releaseSchedule(calls, at, before, key).map(() => after))
        .andThen(subscriptionView),
    ),
  );

/** Back to the price it has already is no plan at all, and takes back any other. */
const changeLater = (calls: Calls, at: ConnectionRef, { id, key, ...prices }: ChangeLater): Viewed =>
  running(calls, at, id)
    .andThen((before) =>
      baseItem(before).asyncAndThen((base) =>
        base.price.id === prices.price
          ? releaseSchedule(calls, at, before, key)
          : scheduleChange(calls, at, before, { ...prices, key, base }),
      ),
    )
    .andThen(() => fetched(calls, at, id))
    .andThen(subscriptionView);

/** One that has it has had it from this key, or from another that was faster. */
const addUsage = (calls: Calls, at: ConnectionRef, { id, usage, key }: AddUsage): Viewed =>
  running(calls, at, id)
    .andThen((before) =>
      usageItem(before)
        ? okAsync(before)
        : madeUnderNextKey(key, {
            make: (once) =>
              calls(at, (stripe) =>
                stripe.subscriptions.update(
                  id,
                  { items: [{ price: usage }], proration_behavior: 'none' },
                  under(once),
                ),
              ),
            find: () => standing(calls, at, id, (now) => usageItem(now) !== undefined),
          }),
    )
    .andThen(subscriptionView);

/** Nothing to do where it is so already, and then a plan for the end of the period stays too. */
const setCancel = (calls: Calls, at: ConnectionRef, change: CancelFlag): Viewed =>
  running(calls, at, change.id)
    .andThen((before) =>
      isCancelling(before) === change.cancel
        ? okAsync(before)
        : releaseSchedule(calls, at, before, change.key).andThen(() => flagged(calls, at, before, change)),
    )
    .andThen(subscriptionView);

/** The moment that was named instead is taken away as what it is: only one of both may be spoken of. */
const flagged = (
  calls: Calls,
  at: ConnectionRef,
  before: Stripe.Subscription,
  { id, cancel, key }: CancelFlag,
): ResultAsync<Stripe.Subscription, CallFailure> => {
  const named = !cancel && !before.cancel_at_period_end;
  const params = named ? ({ cancel_at: '' } as const) : { cancel_at_period_end: cancel };
  return madeUnderNextKey(named ? `${key}/moment` : key, {
    make: (once) => calls(at, (stripe) => stripe.subscriptions.update(id, params, under(once))),
    find: () => standing(calls, at, id, (now) => isCancelling(now) === cancel),
  });
};

/** Keys do not count for DELETE; that it has ended already is what tells a second call. */
const cancelNow = (calls: Calls, at: ConnectionRef, id: string): Viewed =>
  fetched(calls, at, id)
    .andThen((before) =>
      hasEnded(before)
        ? okAsync(before)
        : calls(at, (stripe) => stripe.subscriptions.cancel(id, { invoice_now: false, prorate: false }))
            // Somebody else was faster.
            .orElse((failure) =>
              failure.kind === 'processor_missing' ? fetched(calls, at, id) : errAsync(failure),
            ),
    )
    .andThen(subscriptionView);

/** Subscriptions at Stripe. */
export const stripeSubscriptions = (calls: Calls): MirroredSubscriptions => ({
  get: (at, id) => fetched(calls, at, id).andThen(subscriptionView).mapErr(neverDeclined),
  planned: (at, id) =>
    fetched(calls, at, id)
      .andThen((subscription) => plannedPrice(calls, at, subscription))
      .mapErr(neverDeclined),
  ofCustomer: (at, customer) =>
    calls(at, (stripe) => stripe.subscriptions.list({ customer, status: 'all', limit: MOST }))
      .andThen(({ data }) => subscriptionViews(data))
      .mapErr(neverDeclined),
  changePrice: (at, change) => changeNow(calls, at, change),
  changePriceAtPeriodEnd: (at, change) => changeLater(calls, at, change).mapErr(neverDeclined),
  addUsage: (at, change) => addUsage(calls, at, change).mapErr(neverDeclined),
  setCancelAtPeriodEnd: (at, change) => setCancel(calls, at, change).mapErr(neverDeclined),
  cancelNow: (at, { id }) => cancelNow(calls, at, id).mapErr(neverDeclined),
  refundLatest: (at, refund) => refundLatest(calls, at, refund).mapErr(neverDeclined),
});
