import { type BillingPeriod, periodAfter } from '../../../domain/billing/calendar.js';
import { type Proration, prorate, prorateAfresh } from '../../../domain/billing/proration.js';
import type { Instant } from '../../../domain/shared/time.js';
import type { PriceView } from '../../../ports/billing/catalogue.js';
import { amountOf, collect, invoiceOf, known, usageLines } from './processor-invoicing.js';
import { EVERY_MONTH, inAdvance, tell } from './processor-lifecycle.js';
import type { Item, Line, Subscription, World } from './processor-records.js';

/** What a change of price comes to; a preview and the change itself are the same plan. */
export type ChangePlan = {
  readonly lines: readonly Line[];
  readonly metered: readonly Item[];
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
  { to, metered, at }: { readonly to: PriceView; readonly metered: readonly Item[]; readonly at: Instant },
): ChangePlan => {
  const every = to.every ?? EVERY_MONTH;
  const before = known(world.prices, base.price).every ?? EVERY_MONTH;
  const change = { period, at, from: amountOf(world, base.price), to: amountOf(world, to.id) };
  const rhythm = every.interval !== before.interval || every.count !== before.count;
  if (base.price === to.id) return { lines: [], metered, begin: undefined };
  if (!rhythm && (change.from > 0n || change.to === 0n))
    return { lines: linesOf(prorate(change), base.price, to.id), metered, begin: undefined };
  const anchor = { at: world.now(), zone: 'UTC' };
  const [unused] = linesOf(prorateAfresh(change), base.price, to.id);
  return {
    lines: [...(unused ? [unused] : []), inAdvance(to, change.to)],
    metered,
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
    metered: plan.metered,
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
  amendment: Partial<Pick<Subscription, 'planned' | 'cancelAtPeriodEnd' | 'metered'>>,
): void => {
  Object.assign(subscription, amendment);
  tell(world, 'updated', subscription);
};
