import type { Instant } from '../../../domain/shared/time.js';
import type { Customer, Invoice, Line, Subscription, World } from './processor-records.js';
import { emit } from './processor-world.js';

/** The one that another names: nothing is ever deleted, so a missing one is a defect. */
export const known = <T>(of: ReadonlyMap<string, T>, id: string): T => {
  const found = of.get(id);
  if (found === undefined) throw new Error(`${id} is named and is not there`);
  return found;
};

/** What a period at a price costs in advance. */
export const amountOf = (world: World, price: string): bigint => known(world.prices, price).amount ?? 0n;

/** What was used since the period began, and since there was something to charge it to, at a cent each. */
export const usageLines = (
  world: World,
  { metered, customer, period }: Subscription,
  until: Instant,
): readonly Line[] =>
  metered.map(({ price, since }) => ({
    description: `Usage of ${price}`,
    amount: [...world.usage.values()]
      .filter((used) => used.customer === customer && Math.max(period.start, since) <= used.usedAt)
      .filter(({ usedAt }) => usedAt < until)
      .reduce((sum, { cents }) => sum + cents, 0n),
    proration: false,
    usage: true,
  }));

const totalOf = (lines: readonly Line[]): bigint => lines.reduce((sum, { amount }) => sum + amount, 0n);

/** What is left to pay once the customer's credit is taken. */
export const dueOf = ({ credit }: Customer, lines: readonly Line[]): bigint => {
  const left = totalOf(lines) - credit;
  return left > 0n ? left : 0n;
};

/** An invoice that has not touched the customer's credit yet. */
export const invoiceOf = (
  world: World,
  subscription: Subscription,
  billingReason: string,
  lines: readonly Line[],
): Invoice => {
  const customer = known(world.customers, subscription.customer);
  const id = world.id('in');
  const invoice: Invoice = {
    id,
    number: `M-${id}`,
    status: 'open',
    amountDue: dueOf(customer, lines),
    amountPaid: 0n,
    currency: known(world.prices, subscription.base.price).currency,
    createdAt: world.now(),
    period: subscription.period,
    billingReason,
    hasUsageLines: lines.some(({ usage, amount }) => usage && amount > 0n),
    customer: customer.id,
    subscription: subscription.id,
    lines,
  };
  world.invoices.set(id, invoice);
  return invoice;
};

/** One that stays, whether or not it is paid. */
export const issue = (
  world: World,
  subscription: Subscription,
  billingReason: string,
  lines: readonly Line[],
): Invoice => {
  const invoice = invoiceOf(world, subscription, billingReason, lines);
  emit(world, { type: 'invoice.finalized', customer: invoice.customer, subscriptionId: subscription.id });
  return invoice;
};

/** Asks the bank. Only an invoice that is paid uses credit up, or leaves some over. */
export const collect = (world: World, invoice: Invoice): 'paid' | 'declined' | 'no_card' => {
  const customer = known(world.customers, invoice.customer);
  if (invoice.amountDue > 0n && customer.card === undefined) return 'no_card';
  if (invoice.amountDue > 0n && (world.bankSaysNo || customer.card === 'declines')) return 'declined';
  customer.credit += invoice.amountDue - totalOf(invoice.lines);
  world.invoices.set(invoice.id, { ...invoice, status: 'paid', amountPaid: invoice.amountDue });
  emit(world, { type: 'invoice.paid', customer: customer.id });
  return 'paid';
};
