import { known } from '../lookup.js';
import type { InvoiceReason, InvoiceRecord, LineRecord, Span, SubscriptionRecord } from '../records.js';
import { invoiceWire } from '../wire/invoice.js';
import { changeSubscription, type World } from '../world.js';
import { cardBehind, type Outcome, outcomeOf } from './charge.js';

type Content = {
  readonly reason: InvoiceReason;
  readonly lines: readonly LineRecord[];
  readonly period: Span;
  readonly secret?: string;
};

/** An invoice that nobody has yet: credit of the customer is taken first, what is left over is credit again. */
export const draftInvoice = (
  world: World,
  subscription: SubscriptionRecord,
  { reason, lines, period, secret = '' }: Content,
): InvoiceRecord => {
  const customer = known(world.state.customers, subscription.customer);
  const balance = customer.balance + lines.reduce((sum, { amount }) => sum + amount, 0);
  return {
    id: world.id('in'),
    created: world.now(),
    number: `${customer.invoicePrefix}-${String(customer.invoices + 1).padStart(4, '0')}`,
    customer: customer.id,
    subscription: subscription.id,
    subscriptionMetadata: subscription.metadata,
    currency: subscription.currency,
    reason,
    period,
    lines,
    startingBalance: customer.balance,
    endingBalance: Math.min(0, balance),
    amountDue: Math.max(0, balance),
    secret,
    status: 'open',
    attempts: 0,
    nextAttempt: null,
    paidAt: null,
    voidedAt: null,
  };
};

/** Days between the tries of a charge that fails; after the last one the subscription ends. */
const RETRY_DAYS = [2, 5, 7, 7];
const DAY = 86_400;

const tell = (world: World, type: string, invoice: InvoiceRecord): void =>
  world.tell(type, invoiceWire(world.state, invoice, world.base));

/** Finalised: it has a number, takes the customer's credit, and is told. */
export const issue = (world: World, subscription: SubscriptionRecord, content: Content): InvoiceRecord => {
  const invoice = draftInvoice(world, subscription, { ...content, secret: world.random.token(24) });
  const customer = known(world.state.customers, invoice.customer);
  customer.balance = invoice.endingBalance;
  customer.invoices += 1;
  world.state.invoices[invoice.id] = invoice;
  tell(world, 'invoice.created', invoice);
  tell(world, 'invoice.finalized', invoice);
  return invoice;
};

const isOver = ({ status }: SubscriptionRecord): boolean =>
  status === 'canceled' || status === 'incomplete_expired';

const paid = (world: World, invoice: InvoiceRecord, subscription: SubscriptionRecord): void => {
  Object.assign(invoice, { status: 'paid', paidAt: world.now(), nextAttempt: null });
  tell(world, 'invoice.paid', invoice);
  tell(world, 'invoice.payment_succeeded', invoice);
  const others = Object.values(world.state.invoices).some(
    (other) => other.subscription === subscription.id && other.status === 'open',
  );
  changeSubscription(world, subscription.id, {
    latestInvoice: newest(world, subscription, invoice),
    ...(!isOver(subscription) && !others && { status: 'active' }),
  });
};

const newest = (world: World, subscription: SubscriptionRecord, invoice: InvoiceRecord): string => {
  const latest = subscription.latestInvoice && world.state.invoices[subscription.latestInvoice];
  return latest && latest.created > invoice.created ? latest.id : invoice.id;
};

/** The first payment and the last one are tried once. */
const triedAgain = (subscription: SubscriptionRecord): boolean =>
  subscription.status !== 'incomplete' && !isOver(subscription);

const unpaid = (world: World, invoice: InvoiceRecord, subscription: SubscriptionRecord): void => {
  const again = triedAgain(subscription);
  const wait = again ? RETRY_DAYS[invoice.attempts - 1] : undefined;
  invoice.nextAttempt = wait === undefined ? null : world.now() + wait * DAY;
  tell(world, 'invoice.payment_failed', invoice);
  if (again && wait === undefined) endSubscription(world, subscription, 'payment_failed');
  else
    changeSubscription(world, subscription.id, {
      latestInvoice: newest(world, subscription, invoice),
      ...(again && { status: 'past_due' }),
    });
};

/** Charges what is due to the card behind the subscription, and tells what came of it. */
export const collect = (world: World, invoice: InvoiceRecord): Outcome => {
  const subscription = known(world.state.subscriptions, invoice.subscription);
  const outcome = outcomeOf(world, cardBehind(world.state, subscription), invoice.amountDue);
  invoice.attempts += 1;
  if (outcome === 'paid') paid(world, invoice, subscription);
  else unpaid(world, invoice, subscription);
  return outcome;
};

/** No more tries for what it owes, and no more periods. */
export const endSubscription = (
  world: World,
  subscription: SubscriptionRecord,
  reason: 'cancellation_requested' | 'payment_failed',
): void => {
  const now = world.now();
  for (const invoice of Object.values(world.state.invoices))
    if (invoice.subscription === subscription.id) invoice.nextAttempt = null;
  changeSubscription(world, subscription.id, {
    status: 'canceled',
    canceledAt: subscription.canceledAt ?? now,
    endedAt: now,
    cancelReason: reason,
  });
};
