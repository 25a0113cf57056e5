import type { InvoiceReason } from '../../../domain/billing/invoice-reason.js';
import type { Plan, PlanPrice } from '../../../domain/billing/plan.js';
import type { Subscription } from '../../../domain/billing/subscription.js';
import { type Html, html } from '../kit/html.js';
import { money, time } from './kit/format.js';

/** What is sold: the prices that a project can be subscribed to. */
export const onSale = ({ prices }: Plan): readonly PlanPrice[] =>
  prices.filter(({ active, processorId }) => active && processorId !== undefined);

/** How often it is paid: `a month`, `every 3 months`. */
const rhythm = ({ every: { interval, count } }: PlanPrice): string =>
  count === 1 ? `a ${interval}` : `every ${count} ${interval}s`;

/** `29.00 USD a month`. */
export const priceText = (price: PlanPrice): string => `${money(price.cost)} ${rhythm(price)}`;

/** The plan and the price that a subscription is to, where they are on record. */
export const subscribedTo = (
  plans: readonly Plan[],
  { priceId, processor }: Subscription,
): { readonly plan: Plan; readonly price: PlanPrice } | undefined => {
  const isIt = ({ id, processorId }: PlanPrice): boolean =>
    id === priceId || (processorId !== undefined && processorId === processor?.priceId);
  const plan = plans.find(({ prices }) => prices.some(isIt));
  const price = plan?.prices.find(isIt);
  return plan && price && { plan, price };
};

const STATUS: Readonly<Record<Subscription['status'], string>> = {
  pending: 'It waits for its first payment.',
  trialing: 'It is on trial.',
  active: 'It is paid for.',
  past_due: 'The last payment failed, and is tried again. Look after your card.',
  paused: 'It is paused.',
  on_hold: 'It was not paid for. Look after your card.',
  ended: 'It has ended.',
};

/** How a subscription stands, and what comes next. */
export const standingOf = ({ status, cancelAtPeriodEnd, period, endedAt }: Subscription): Html => {
  if (status === 'ended')
    return html`${STATUS.ended}${endedAt !== undefined && html` That was ${time(endedAt)}.`}`;
  return html`${STATUS[status]} ${cancelAtPeriodEnd ? 'It ends' : 'The next period begins'} ${time(period.end)}.`;
};

/** What an invoice is for. */
export const REASONS: Readonly<Record<InvoiceReason, string>> = {
  subscription_create: 'New subscription',
  subscription_update: 'Change of plan',
  subscription_cycle: 'Next period',
  subscription_usage: 'Next period and usage',
  manual: 'Other',
};
