import { known } from '../lookup.js';
import type { ItemRecord, Labels, LineRecord, Seconds, Span, SubscriptionRecord } from '../records.js';
import { endsAt, scheduleWire, subscriptionWire } from '../wire/subscription.js';
import { changeSubscription, type World } from '../world.js';
import { boundary, cycleAt } from './calendar.js';
import { type ChangePlan, cycleOf } from './change.js';
import { collect, endSubscription, issue } from './invoices.js';
import { advanceLines, usageLines } from './lines.js';

/** Hours that the first payment may take before the subscription never was. */
const INCOMPLETE_SECONDS = 23 * 3_600;

/** Begins a subscription and charges for its first period at once. */
export const startSubscription = (
  world: World,
  wanted: {
    readonly customer: string;
    readonly items: readonly ItemRecord[];
    readonly metadata: Labels;
    readonly card: string | null;
  },
): SubscriptionRecord => {
  const now = world.now();
  const cycle = cycleOf(world.state, wanted.items);
  const [first] = wanted.items;
  const subscription: SubscriptionRecord = {
    id: world.id('sub'),
    created: now,
    customer: wanted.customer,
    currency: first ? known(world.state.prices, first.price).currency : 'usd',
    status: 'incomplete',
    anchor: now,
    period: { start: now, end: boundary(now, cycle, 1) },
    items: wanted.items,
    cancelAtPeriodEnd: false,
    canceledAt: null,
    endedAt: null,
    cancelReason: null,
    metadata: wanted.metadata,
    defaultPaymentMethod: wanted.card,
    latestInvoice: null,
    schedule: null,
    pending: [],
  };
  world.state.subscriptions[subscription.id] = subscription;
  world.tell('customer.subscription.created', subscriptionWire(world.state, subscription));
  const lines = advanceLines(world, subscription.items, subscription.period);
  collect(
    world,
    issue(world, subscription, { reason: 'subscription_create', lines, period: { start: now, end: now } }),
  );
  return subscription;
};

/** Carries out a planned change of items, with the invoice that it asks for. */
export const applyChange = (world: World, subscription: SubscriptionRecord, plan: ChangePlan): void => {
  const { items, anchor, period, lines, invoiced } = plan;
  const over = { start: subscription.period.start, end: world.now() };
  changeSubscription(world, subscription.id, { items, anchor, period, pending: invoiced ? [] : lines });
  if (invoiced)
    collect(world, issue(world, subscription, { reason: 'subscription_update', lines, period: over }));
};

/** What the next renewal will charge for and from when to when: with the items of the phase that begins then. */
export const nextCycle = (
  world: World,
  subscription: SubscriptionRecord,
): { readonly items: readonly ItemRecord[]; readonly anchor: Seconds; readonly period: Span } => {
  const { state } = world;
  const at = subscription.period.end;
  const schedule = subscription.schedule === null ? undefined : known(state.schedules, subscription.schedule);
  const phase = schedule?.phases.find(({ start }) => start === at);
  const items = phase ? phaseItems(world, subscription, phase.items) : subscription.items;
  const cycle = cycleOf(state, items);
  const other = JSON.stringify(cycle) !== JSON.stringify(cycleOf(state, subscription.items));
  const anchor = other ? at : subscription.anchor;
  return { items, anchor, period: cycleAt(anchor, cycle, at) };
};

const phaseItems = (
  world: World,
  subscription: SubscriptionRecord,
  wanted: readonly { readonly price: string; readonly quantity: number | null }[],
): readonly ItemRecord[] =>
  wanted.map(({ price, quantity }, index) => ({
    id: subscription.items[index]?.id ?? world.id('si'),
    created: subscription.items[index]?.created ?? world.now(),
    price,
    quantity,
    metadata: subscription.items[index]?.metadata ?? {},
  }));

const endSchedule = (world: World, subscription: SubscriptionRecord): 'released' | 'cancel' | 'running' => {
  if (subscription.schedule === null) return 'running';
  const schedule = known(world.state.schedules, subscription.schedule);
  const last = schedule.phases.at(-1);
  if (last === undefined || last.end > subscription.period.end) return 'running';
  const now = world.now();
  if (schedule.endBehavior === 'release')
    Object.assign(schedule, { status: 'released', releasedAt: now, completedAt: now });
  else Object.assign(schedule, { status: 'completed', completedAt: now });
  world.tell(
    schedule.endBehavior === 'release' ? 'subscription_schedule.released' : 'subscription_schedule.completed',
    scheduleWire(schedule, now),
  );
  if (schedule.endBehavior === 'release') changeSubscription(world, subscription.id, { schedule: null });
  return schedule.endBehavior === 'release' ? 'released' : 'cancel';
};

/** What the next invoice has to carry of the time before it. */
export const arrears = (world: World, subscription: SubscriptionRecord): readonly LineRecord[] => [
  ...subscription.pending,
  ...usageLines(world, subscription, subscription.period),
];

/** Seconds for which usage of a period that is over may still be told of. */
const GRACE_SECONDS = 3_600;

const isMetered = ({ quantity }: ItemRecord): boolean => quantity === null;

/** What it still owes is billed at once, or, where a meter counts for it, once the last of that is told. */
const finish = (world: World, subscription: SubscriptionRecord): void => {
  endSubscription(world, subscription, 'cancellation_requested');
  if (subscription.items.some(isMetered)) subscription.lastInvoiceAt = world.now() + GRACE_SECONDS;
  else billLast(world, subscription);
};

/** The last invoice of a subscription that has ended, where it owes anything. */
export const billLast = (world: World, subscription: SubscriptionRecord): void => {
  const lines = arrears(world, subscription).filter(({ amount }) => amount !== 0);
  Object.assign(subscription, { pending: [], lastInvoiceAt: null });
  if (lines.length > 0)
    collect(
      world,
      issue(world, subscription, { reason: 'subscription_cycle', lines, period: subscription.period }),
    );
};

/** When something comes next by itself: its end, or that of the period. */
export const turnsAt = (subscription: SubscriptionRecord): Seconds =>
  Math.min(subscription.period.end, endsAt(subscription) ?? subscription.period.end);

/** The period is over, or the end has come: the subscription ends, or the next period begins and is charged for. */
export const turnOver = (world: World, subscription: SubscriptionRecord): void => {
  const schedule = endSchedule(world, subscription);
  const end = endsAt(subscription);
  if ((end !== null && end <= world.now()) || schedule === 'cancel') finish(world, subscription);
  else renew(world, subscription);
};

const renew = (world: World, subscription: SubscriptionRecord): void => {
  const over = subscription.period;
  const before = arrears(world, subscription);
  const { items, anchor, period } = nextCycle(world, subscription);
  const lines = [...before, ...advanceLines(world, items, period)];
  changeSubscription(world, subscription.id, { items, anchor, period, pending: [] });
  collect(world, issue(world, subscription, { reason: 'subscription_cycle', lines, period: over }));
};

/** When a subscription whose first payment never came is given up. */
export const givenUpAt = (subscription: SubscriptionRecord): Seconds =>
  subscription.created + INCOMPLETE_SECONDS;

/** The first payment never came: it is as if the subscription had not been. */
export const giveUp = (world: World, subscription: SubscriptionRecord): void => {
  for (const invoice of Object.values(world.state.invoices))
    if (invoice.subscription === subscription.id && invoice.status === 'open')
      Object.assign(invoice, { status: 'void', voidedAt: world.now(), nextAttempt: null });
  changeSubscription(world, subscription.id, { status: 'incomplete_expired', endedAt: world.now() });
};
