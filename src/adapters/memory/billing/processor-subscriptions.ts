import { err, ok, type Result } from 'neverthrow';
import { floorTo } from '../../../domain/billing/period.js';
import { type Instant, SECOND } from '../../../domain/shared/time.js';
import type { PriceView } from '../../../ports/billing/catalogue.js';
import type {
  MirroredSubscriptions,
  SubscriptionView,
} from '../../../ports/billing/mirrored-subscriptions.js';
import type {
  PaymentDeclined,
  ProcessorMissing,
  ProcessorRefused,
} from '../../../ports/billing/processor.js';
import { sellable } from './processor-checkout.js';
import { amend, type ChangePlan, change, end, hasEnded, planChange } from './processor-lifecycle.js';
import type { Subscription, World } from './processor-records.js';
import { type Calls, missing, refused } from './processor-world.js';

type Refusal = ProcessorMissing | ProcessorRefused;
type ChangeNow = Parameters<MirroredSubscriptions['changePrice']>[1];

const viewOf = (subscription: Subscription): SubscriptionView => ({
  id: subscription.id,
  customer: subscription.customer,
  status: subscription.status,
  cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
  price: subscription.base.price,
  itemId: subscription.base.id,
  period: { ...subscription.period },
  createdAt: subscription.createdAt,
  ...(subscription.endedAt !== undefined && { endedAt: subscription.endedAt }),
  labels: { ...subscription.labels },
});

export const subscriptionIn = (world: World, id: string): Result<Subscription, ProcessorMissing> => {
  const found = world.subscriptions.get(id);
  return found ? ok(found) : err(missing('subscription'));
};

const running = (world: World, id: string): Result<Subscription, Refusal> =>
  subscriptionIn(world, id).andThen((found) =>
    hasEnded(found)
      ? err(refused('subscription_ended', `${id} has ended and cannot be changed.`))
      : ok(found),
  );

export type Planned = {
  readonly subscription: Subscription;
  readonly to: PriceView;
  readonly plan: ChangePlan;
};

/** What a change at this moment comes to; the moment counts in whole seconds and lies in the running period. */
export const plannedChange = (
  world: World,
  { id, price, at }: { readonly id: string; readonly price: string; readonly at: Instant },
): Result<Planned, Refusal> =>
  running(world, id).andThen((subscription) =>
    sellable(world, price).andThen((to) => {
      const when = floorTo(at, SECOND);
      if (when < subscription.period.start || when > subscription.period.end)
        return err(refused('invalid_request', 'The moment is not in the running period.'));
      return ok({ subscription, to, plan: planChange(world, subscription, to, when) });
    }),
  );

const DECLINES = { declined: 'generic_decline', no_card: 'payment_method_missing' } as const;

const changeNow = (world: World, wanted: ChangeNow): Result<SubscriptionView, Refusal | PaymentDeclined> =>
  plannedChange(world, wanted).andThen(({ subscription, to, plan }) => {
    const outcome = change(world, subscription, to, plan);
    return outcome === 'done'
      ? ok(viewOf(subscription))
      : err({ kind: 'payment_declined' as const, code: DECLINES[outcome] });
  });

const changeLater = (world: World, id: string, price: string): Result<SubscriptionView, Refusal> =>
  running(world, id).andThen((subscription) =>
    sellable(world, price).map(() => {
      amend(world, subscription, { planned: price === subscription.base.price ? undefined : price });
      return viewOf(subscription);
    }),
  );

const setCancel = (world: World, id: string, cancel: boolean): Result<SubscriptionView, Refusal> =>
  running(world, id).map((subscription) => {
    if (subscription.cancelAtPeriodEnd !== cancel)
      amend(world, subscription, { cancelAtPeriodEnd: cancel, planned: undefined });
    return viewOf(subscription);
  });

/** Subscriptions of the model. */
export const memorySubscriptions = (calls: Calls): MirroredSubscriptions => ({
  get: (at, id) => calls.plain(at, 'get', (world) => subscriptionIn(world, id).map(viewOf)),
  ofCustomer: (at, customer) =>
    calls.plain(at, 'ofCustomer', (world) =>
      world.customers.has(customer)
        ? ok(
            [...world.subscriptions.values()]
              .filter((found) => found.customer === customer)
              .reverse()
              .slice(0, 100)
              .map(viewOf),
          )
        : err(missing('customer')),
    ),
  changePrice: (at, wanted) => calls.keyed(at, 'changePrice', wanted, (world) => changeNow(world, wanted)),
  changePriceAtPeriodEnd: (at, wanted) =>
    calls.keyed(at, 'changePriceAtPeriodEnd', wanted, (world) => changeLater(world, wanted.id, wanted.price)),
  setCancelAtPeriodEnd: (at, wanted) =>
    calls.keyed(at, 'setCancelAtPeriodEnd', wanted, (world) => setCancel(world, wanted.id, wanted.cancel)),
  cancelNow: (at, { id }) =>
    calls.plain(at, 'cancelNow', (world) =>
      subscriptionIn(world, id).map((subscription) => {
        if (!hasEnded(subscription)) end(world, subscription, world.now());
        return viewOf(subscription);
      }),
    ),
});
