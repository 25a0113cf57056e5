import { err, ok, type Result } from 'neverthrow';
import type { Period } from '../../../domain/billing/period.js';
import { DAY, MINUTE } from '../../../domain/shared/time.js';
import type { InvoicePreview, InvoiceView, InvoiceViews } from '../../../ports/billing/invoice-views.js';
import type { Meters } from '../../../ports/billing/meters.js';
import type { ProcessorMissing, ProcessorRefused } from '../../../ports/billing/processor.js';
import { dueOf, known, usageLines } from './processor-invoicing.js';
import { hasEnded, nextCycle } from './processor-lifecycle.js';
import type { Invoice, Line, Subscription, World } from './processor-records.js';
import { plannedChange, subscriptionIn } from './processor-subscriptions.js';
import { type Calls, missing, refused } from './processor-world.js';

const OLDEST = 35 * DAY;
const AHEAD = 5 * MINUTE;
const MOST = 100;

const viewOf = ({
  customer: _customer,
  subscription: _subscription,
  lines: _lines,
  ...view
}: Invoice): InvoiceView => view;

const list = (
  world: World,
  customer: string,
  limit: number,
  after?: string,
): Result<{ items: readonly InvoiceView[]; hasMore: boolean }, ProcessorMissing> => {
  if (!world.customers.has(customer)) return err(missing('customer'));
  const found = [...world.invoices.values()].filter((invoice) => invoice.customer === customer).reverse();
  const size = Math.min(Math.max(limit, 1), MOST);
  const rest = found.slice(found.findIndex(({ id }) => id === after) + 1);
  return ok({ items: rest.slice(0, size).map(viewOf), hasMore: rest.length > size });
};

const previewOf = (
  world: World,
  { customer, base }: Subscription,
  lines: readonly Line[],
  period: Period,
): InvoicePreview => ({
  amountDue: dueOf(known(world.customers, customer), lines),
  currency: known(world.prices, base.price).currency,
  period: { start: period.start, end: period.end },
  nextAttempt: period.end,
  lines: lines.filter(({ usage, amount }) => !usage || amount > 0n).map(({ usage: _usage, ...line }) => line),
});

/** One that ends without having used anything gets no more invoices. */
const upcoming = (world: World, id: string): Result<InvoicePreview | undefined, ProcessorMissing> =>
  subscriptionIn(world, id).map((subscription) => {
    if (hasEnded(subscription)) return undefined;
    const { end } = subscription.period;
    if (!subscription.cancelAtPeriodEnd)
      return previewOf(world, subscription, nextCycle(world, subscription).lines, subscription.period);
    const used = usageLines(world, subscription, end).filter(({ amount }) => amount > 0n);
    return used.length > 0 ? previewOf(world, subscription, used, subscription.period) : undefined;
  });

const previewChange = (
  world: World,
  { subscriptionId: id, ...wanted }: Parameters<InvoiceViews['previewChange']>[1],
): Result<InvoicePreview, ProcessorMissing | ProcessorRefused> =>
  plannedChange(world, { id, ...wanted }).map(({ subscription, plan }) => {
    const arrears = plan.begin ? usageLines(world, subscription, world.now()) : [];
    return previewOf(world, subscription, [...arrears, ...plan.lines], {
      start: subscription.period.start,
      end: world.now(),
    });
  });

/** Invoices of the model, and those to come. */
export const memoryInvoices = (calls: Calls): InvoiceViews => ({
  list: (at, customer, limit, after) =>
    calls.plain(at, 'list', (world) => list(world, customer, limit, after)),
  upcoming: (at, id) => calls.plain(at, 'upcoming', (world) => upcoming(world, id)),
  previewChange: (connection, change) =>
    calls.plain(connection, 'previewChange', (world) => previewChange(world, change)),
});

const report = (
  world: World,
  { key, customer, cents, usedAt }: Parameters<Meters['report']>[1],
): Result<void, ProcessorRefused> => {
  if (usedAt < world.now() - OLDEST || usedAt > world.now() + AHEAD)
    return err(refused('invalid_request', 'The moment is too long ago, or yet to come.'));
  if (!world.usage.has(key)) world.usage.set(key, { customer, cents, usedAt });
  return ok(undefined);
};

/** A meter that remembers every key. */
export const memoryMeters = (calls: Calls): Meters => ({
  report: (at, usage) => calls.plain(at, 'report', (world) => report(world, usage)),
});
