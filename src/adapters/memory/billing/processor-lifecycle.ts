import { type BillingPeriod, periodAfter, periodAt } from '../../../domain/billing/calendar.js';
import { type Proration, prorate, prorateAfresh } from '../../../domain/billing/proration.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { PriceView } from '../../../ports/billing/catalogue.js';
import type { Labels } from '../../../ports/billing/processor.js';
import { amountOf, collect, invoiceOf, issue, known, usageLines } from './processor-invoicing.js';
import type { Item, Line, Subscription, World } from './processor-records.js';
import { emit } from './processor-world.js';

const EVERY_MONTH = { interval: 'month', count: 1 } as const;

const tell = (world: World, type: string, { id, customer }: Subscription): void =>
  emit(world, { type: `customer.subscription.${type}`, customer, subscriptionId: id });

export const hasEnded = ({ status }: Subscription): boolean =>
  status === 'canceled' || status === 'incomplete_expired';

const inAdvance = ({ id }: PriceView, amount: bigint): Line => ({
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
  const item = (price: string): Item => ({ id: world.id('si'), price });
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
  };
  world.subscriptions.set(made.id, made);
  const invoice = issue(world, made, 'subscription_create', [lineOf(world, wanted.price)]);
  if (collect(world, invoice) !== 'paid') made.status = 'incomplete';
  tell(world, 'created', made);
  return made;
};

/** What a change of price comes to; a preview and the change itself are the same plan. */
export type ChangePlan = {
  readonly lines: readonly Line[];
  readonly begin: { readonly anchor: Subscription['anchor']; readonly period: BillingPeriod } | undefined;
};

const linesOf = ({ credit, debit }: Proration, from: string, to: string): readonly Line[] => [
  { description: `Unused time on ${from}`, amount: -credit, proration: true, usage: false },
  { description: `Remaining time on ${to}`, amount: debit, proration: true, usage: false },
];

/** Another rhythm, or the first price above nothing, begins a period of its own; else the rest of this one is prorated. */
export const planChange = (
  world: World,
  { base, period }: Subscription,
  to: PriceView,
  at: Instant,
): ChangePlan => {
  const every = to.every ?? EVERY_MONTH;
  const before = known(world.prices, base.price).every ?? EVERY_MONTH;
  const change = { period, at, from: amountOf(world, base.price), to: amountOf(world, to.id) };
  const rhythm = every.interval !== before.interval || every.count !== before.count;
  if (base.price === to.id) return { lines: [], begin: undefined };
  if (!rhythm && (change.from > 0n || change.to === 0n))
    return { lines: linesOf(prorate(change), base.price, to.id), begin: undefined };
  const anchor = { at: world.now(), zone: 'UTC' };
  const [unused] = linesOf(prorateAfresh(change), base.price, to.id);
  return {
    lines: [...(unused ? [unused] : []), inAdvance(to, change.to)],
    begin: { anchor, period: periodAfter(anchor, every, 0) },
  };
};

/** Makes the change and its invoice, or nothing of it when the bank says no. */
export const change = (
  world: World,
  subscription: Subscription,
  to: PriceView,
  plan: ChangePlan,
): 'done' | 'declined' | 'no_card' => {
  if (plan.lines.length > 0) {
    const arrears = plan.begin ? usageLines(world, subscription, world.now()) : [];
    const invoice = invoiceOf(world, subscription, 'subscription_update', [...arrears, ...plan.lines]);
    const outcome = collect(world, invoice);
    if (outcome !== 'paid') {
      world.invoices.delete(invoice.id);
      return outcome;
    }
  }
  Object.assign(subscription, {
    base: { ...subscription.base, price: to.id },
    planned: undefined,
    ...(plan.begin && {
      anchor: plan.begin.anchor,
      period: { start: plan.begin.period.start, end: plan.begin.period.end },
    }),
  });
  tell(world, 'updated', subscription);
  return 'done';
};

/** A change that costs nothing now. */
export const amend = (
  world: World,
  subscription: Subscription,
  amendment: Partial<Pick<Subscription, 'planned' | 'cancelAtPeriodEnd'>>,
): void => {
  Object.assign(subscription, amendment);
  tell(world, 'updated', subscription);
};

export const end = (world: World, subscription: Subscription, at: Instant): void => {
  Object.assign(subscription, { status: 'canceled', endedAt: at, planned: undefined });
  tell(world, 'deleted', subscription);
};

/** What the next period will be charged for, from when to when. */
export const nextCycle = (world: World, subscription: Subscription) => {
  const price = subscription.planned ?? subscription.base.price;
  const at = subscription.period.end;
  const every = known(world.prices, price).every ?? EVERY_MONTH;
  const before = known(world.prices, subscription.base.price).every ?? EVERY_MONTH;
  const rhythm = every.interval !== before.interval || every.count !== before.count;
  const anchor = rhythm ? { at, zone: 'UTC' } : subscription.anchor;
  const { start: begin, end: until } = periodAt(anchor, every, at);
  const lines = [...usageLines(world, subscription, at), lineOf(world, price)];
  return { price, anchor, period: { start: begin, end: until }, lines };
};

/** What was used is still to be paid. */
const finish = (world: World, subscription: Subscription): void => {
  const over = subscription.period.end;
  const used = usageLines(world, subscription, over).filter(({ amount }) => amount > 0n);
  end(world, subscription, over);
  if (used.length > 0) collect(world, issue(world, subscription, 'subscription_cycle', used));
};

const turnOver = (world: World, subscription: Subscription): void => {
  if (subscription.cancelAtPeriodEnd) {
    finish(world, subscription);
    return;
  }
  const { price, anchor, period, lines } = nextCycle(world, subscription);
  const invoice = issue(world, subscription, 'subscription_cycle', lines);
  Object.assign(subscription, {
    base: { ...subscription.base, price },
    planned: undefined,
    anchor,
    period,
    status: collect(world, invoice) === 'paid' ? 'active' : 'past_due',
  });
  tell(world, 'updated', subscription);
};

/** Does what has become due, each renewal in its turn. */
export const catchUp = (world: World): void => {
  for (const subscription of world.subscriptions.values())
    while (
      !hasEnded(subscription) &&
      subscription.status !== 'incomplete' &&
      subscription.period.end <= world.now()
    )
      turnOver(world, subscription);
  for (const session of world.sessions.values())
    if (session.status === 'open' && session.expiresAt <= world.now()) session.status = 'expired';
};
