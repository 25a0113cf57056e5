import { periodAfter, periodAt } from '../../../domain/billing/calendar.js';
import { HOUR, type Instant, plus } from '../../../domain/shared/time.js';
import type { PriceView } from '../../../ports/billing/catalogue.js';
import type { Labels } from '../../../ports/billing/processor.js';
import { amountOf, collect, issue, known, usageLines } from './processor-invoicing.js';
import { meteredWith } from './processor-items.js';
import type { Item, Line, Subscription, World } from './processor-records.js';
import { emit } from './processor-world.js';

/** Of prices that do not say. */
export const EVERY_MONTH = { interval: 'month', count: 1 } as const;

/** Usage may be told of so long after the period it was in. */
const GRACE = HOUR;

export const tell = (world: World, type: string, { id, customer }: Subscription): void =>
  emit(world, { type: `customer.subscription.${type}`, customer, subscriptionId: id });

export const hasEnded = ({ status }: Subscription): boolean =>
  status === 'canceled' || status === 'incomplete_expired';

export const inAdvance = ({ id }: PriceView, amount: bigint): Line => ({
  description: `1 × ${id}`,
  amount,
  proration: false,
  usage: false,
});

const lineOf = (world: World, price: string): Line =>
  inAdvance(known(world.prices, price), amountOf(world, price));

/** Begins a subscription and charges for its first period; a bank that says no leaves it incomplete. */
export const start = (
  world: World,
  wanted: {
    readonly customer: string;
    readonly price: string;
    readonly metered?: readonly string[];
    readonly labels: Labels;
  },
): Subscription => {
  const at = world.now();
  const item = (price: string): Item => ({ id: world.id('si'), price, since: at });
  const anchor = { at, zone: 'UTC' };
  const { start: begin, end } = periodAfter(
    anchor,
    known(world.prices, wanted.price).every ?? EVERY_MONTH,
    0,
  );
  const made: Subscription = {
    id: world.id('sub'),
    customer: wanted.customer,
    createdAt: at,
    labels: wanted.labels,
    status: 'active',
    cancelAtPeriodEnd: false,
    base: item(wanted.price),
    metered: (wanted.metered ?? []).map(item),
    anchor,
    period: { start: begin, end },
    planned: undefined,
    endedAt: undefined,
    lastInvoiceAt: undefined,
  };
  world.subscriptions.set(made.id, made);
  const invoice = issue(world, made, 'subscription_create', [lineOf(world, wanted.price)]);
  if (collect(world, invoice) !== 'paid') made.status = 'incomplete';
  tell(world, 'created', made);
  return made;
};

export const end = (world: World, subscription: Subscription, at: Instant): void => {
  Object.assign(subscription, { status: 'canceled', endedAt: at, planned: undefined });
  tell(world, 'deleted', subscription);
};

/** What the next period will be charged for, from when to when. */
export const nextCycle = (world: World, subscription: Subscription) => {
  const { planned } = subscription;
  const price = planned?.price ?? subscription.base.price;
  const metered = planned ? meteredWith(world, subscription, planned.usage) : subscription.metered;
  const at = subscription.period.end;
  const every = known(world.prices, price).every ?? EVERY_MONTH;
  const before = known(world.prices, subscription.base.price).every ?? EVERY_MONTH;
  const rhythm = every.interval !== before.interval || every.count !== before.count;
  const anchor = rhythm ? { at, zone: 'UTC' } : subscription.anchor;
  const { start: begin, end: until } = periodAt(anchor, every, at);
  const lines = [...usageLines(world, subscription, at), lineOf(world, price)];
  return { price, metered, anchor, period: { start: begin, end: until }, lines };
};

/** What was used is still to be paid, and the last of it still to be told. */
const finish = (world: World, subscription: Subscription): void => {
  const over = subscription.period.end;
  end(world, subscription, over);
  if (subscription.metered.length > 0) subscription.lastInvoiceAt = plus(over, GRACE);
};

const lastInvoice = (world: World, subscription: Subscription): void => {
  subscription.lastInvoiceAt = undefined;
  const used = usageLines(world, subscription, subscription.period.end).filter(({ amount }) => amount > 0n);
  if (used.length > 0) collect(world, issue(world, subscription, 'subscription_cycle', used));
};

const turnOver = (world: World, subscription: Subscription): void => {
  if (subscription.cancelAtPeriodEnd) {
    finish(world, subscription);
    return;
  }
  const { price, metered, anchor, period, lines } = nextCycle(world, subscription);
  const invoice = issue(world, subscription, 'subscription_cycle', lines);
  Object.assign(subscription, {
    base: { ...subscription.base, price },
    metered,
    planned: undefined,
    anchor,
    period,
    status: collect(world, invoice) === 'paid' ? 'active' : 'past_due',
  });
  tell(world, 'updated', subscription);
};

const renewAll = (world: World, subscription: Subscription): void => {
  while (
    !hasEnded(subscription) &&
    subscription.status !== 'incomplete' &&
    subscription.period.end <= world.now()
  )
    turnOver(world, subscription);
  const { lastInvoiceAt } = subscription;
  if (lastInvoiceAt !== undefined && lastInvoiceAt <= world.now()) lastInvoice(world, subscription);
};

/** Does what has become due, each renewal in its turn. */
export const catchUp = (world: World): void => {
  for (const subscription of world.subscriptions.values()) renewAll(world, subscription);
  for (const session of world.sessions.values())
    if (session.status === 'open' && session.expiresAt <= world.now()) session.status = 'expired';
};
