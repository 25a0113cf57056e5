import { err, ok, type Result } from 'neverthrow';
import { floorTo } from '../../../domain/billing/period.js';
import { type Instant, SECOND } from '../../../domain/shared/time.js';
import type { PriceView } from '../../../ports/billing/catalogue.js';
import type {
  MirroredSubscriptions,
  Prices,
  SubscriptionView,
} from '../../../ports/billing/mirrored-subscriptions.js';
import type {
  PaymentDeclined,
  ProcessorMissing,
  ProcessorRefused,
} from '../../../ports/billing/processor.js';
import { amend, type ChangePlan, change, planChange } from './processor-changes.js';
import {
  beside,
  besideAll,
  inCurrencyOf,
  meteredWith,
  priceOf,
  sellable,
  usageItemOf,
} from './processor-items.js';
import { end, hasEnded } from './processor-lifecycle.js';
import type { Subscription, World } from './processor-records.js';
import { type Calls, emit, missing, refused } from './processor-world.js';

type Refusal = ProcessorMissing | ProcessorRefused;
type ChangeNow = Parameters<MirroredSubscriptions['changePrice']>[1];

const usageOf = (world: World, subscription: Subscription): Pick<SubscriptionView, 'usage'> => {
  const item = usageItemOf(world, subscription);
  return item ? { usage: { itemId: item.id, price: item.price, since: item.since } } : {};
};

const viewOf = (world: World, subscription: Subscription): SubscriptionView => ({
  id: subscription.id,
  customer: subscription.customer,
  status: subscription.status,
  cancelAtPeriodEnd: subscription.cancelAtPeriodEnd,
  price: subscription.base.price,
  itemId: subscription.base.id,
  ...usageOf(world, subscription),
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

/** The price that a subscription shall have, with what is paid by usage then. */
const wantedItems = (world: World, subscription: Subscription, { price, usage }: Prices) =>
  sellable(world, price)
    .andThen((to) => inCurrencyOf(world, subscription, to))
    .andThen((to) =>
      besideAll(world, to, meteredWith(world, subscription, usage)).map((metered) => ({ to, metered })),
    );

/** What a change at this moment comes to; the moment counts in whole seconds and lies in the running period. */
export const plannedChange = (
  world: World,
  { id, at, ...prices }: Prices & { readonly id: string; readonly at: Instant },
): Result<Planned, Refusal> =>
  running(world, id).andThen((subscription) =>
    wantedItems(world, subscription, prices).andThen(({ to, metered }) => {
      const when = floorTo(at, SECOND);
      if (when < subscription.period.start || when > subscription.period.end)
        return err(refused('invalid_request', 'The moment is not in the running period.'));
      return ok({ subscription, to, plan: planChange(world, subscription, { to, metered, at: when }) });
    }),
  );

const DECLINES = { declined: 'generic_decline', no_card: 'payment_method_missing' } as const;

const changeNow = (world: World, wanted: ChangeNow): Result<SubscriptionView, Refusal | PaymentDeclined> =>
  plannedChange(world, wanted).andThen(({ subscription, to, plan }) => {
    const outcome = change(world, subscription, to, plan);
    return outcome === 'done'
      ? ok(viewOf(world, subscription))
      : err({ kind: 'payment_declined' as const, code: DECLINES[outcome] });
  });

const changeLater = (
  world: World,
  { id, price, usage }: Parameters<MirroredSubscriptions['changePriceAtPeriodEnd']>[1],
): Result<SubscriptionView, Refusal> =>
  running(world, id).andThen((subscription) =>
    wantedItems(world, subscription, { price, usage }).map(() => {
      amend(world, subscription, {
        planned: price === subscription.base.price ? undefined : { price, usage },
      });
      return viewOf(world, subscription);
    }),
  );

const addUsage = (world: World, id: string, usage: string): Result<SubscriptionView, Refusal> =>
  running(world, id).andThen((subscription) => {
    if (usageItemOf(world, subscription)) return ok(viewOf(world, subscription));
    return priceOf(world, subscription.base.price)
      .andThen((plan) => beside(world, plan, usage))
      .map(({ id: price }) => {
        const item = { id: world.id('si'), price, since: world.now() };
        amend(world, subscription, { metered: [...subscription.metered, item] });
        return viewOf(world, subscription);
      });
  });

/** Of what was paid for the latest invoice, what was not paid back yet. */
const refundLatest = (world: World, id: string): Result<bigint, ProcessorMissing> =>
  subscriptionIn(world, id).map(() => {
    const latest = [...world.invoices.values()].filter(({ subscription }) => subscription === id).at(-1);
    if (latest === undefined || latest.amountPaid === 0n || world.refunds.has(latest.id)) return 0n;
    world.refunds.set(latest.id, latest.amountPaid);
    emit(world, { type: 'charge.refunded', customer: latest.customer });
    return latest.amountPaid;
  });

const setCancel = (world: World, id: string, cancel: boolean): Result<SubscriptionView, Refusal> =>
  running(world, id).map((subscription) => {
    if (subscription.cancelAtPeriodEnd !== cancel)
      amend(world, subscription, { cancelAtPeriodEnd: cancel, planned: undefined });
    return viewOf(world, subscription);
  });

/** Subscriptions of the model. */
export const memorySubscriptions = (calls: Calls): MirroredSubscriptions => ({
  get: (at, id) =>
    calls.plain(at, 'get', (world) => subscriptionIn(world, id).map((found) => viewOf(world, found))),
  planned: (at, id) =>
    calls.plain(at, 'planned', (world) => subscriptionIn(world, id).map(({ planned }) => planned?.price)),
  ofCustomer: (at, customer) =>
    calls.plain(at, 'ofCustomer', (world) =>
      world.customers.has(customer)
        ? ok(
            [...world.subscriptions.values()]
              .filter((found) => found.customer === customer)
              .reverse()
              .slice(0, 100)
              .map((found) => viewOf(world, found)),
          )
        : err(missing('customer')),
    ),
  changePrice: (at, wanted) => calls.keyed(at, 'changePrice', wanted, (world) => changeNow(world, wanted)),
  changePriceAtPeriodEnd: (at, wanted) =>
    calls.keyed(at, 'changePriceAtPeriodEnd', wanted, (world) => changeLater(world, wanted)),
  addUsage: (at, wanted) =>
    calls.keyed(at, 'addUsage', wanted, (world) => addUsage(world, wanted.id, wanted.usage)),
  setCancelAtPeriodEnd: (at, wanted) =>
    calls.keyed(at, 'setCancelAtPeriodEnd', wanted, (world) => setCancel(world, wanted.id, wanted.cancel)),
  cancelNow: (at, { id }) =>
    calls.plain(at, 'cancelNow', (world) =>
      subscriptionIn(world, id).map((subscription) => {
        if (!hasEnded(subscription)) end(world, subscription, world.now());
        return viewOf(world, subscription);
      }),
    ),
  refundLatest: (at, refund) =>
    calls.keyed(at, 'refundLatest', refund, (world) => refundLatest(world, refund.id)),
});
