import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type Stripe from 'stripe';
import type { InvoicePreview, InvoiceView, InvoiceViews } from '../../ports/billing/invoice-views.js';
import type { ConnectionRef } from '../../ports/billing/processor.js';
import type { Calls } from './client.js';
import { type CallFailure, neverDeclined } from './failures.js';
import { itemsWith } from './items.js';
import { hasEnded, momentOf, secondsOf } from './subscription-view.js';
import { type UsageLines, usageLines } from './usage-prices.js';

const NONE = 'invoice_upcoming_none';
const MOST = 100;
const STATUSES: readonly string[] = [
  'draft',
  'open',
  'paid',
  'void',
  'uncollectible',
] satisfies readonly InvoiceView['status'][];

const statusOf = (status: string | null): InvoiceView['status'] => {
  if (status === null) return 'draft';
  if (!STATUSES.includes(status)) throw new Error(`no invoice is ${status}`);
  return status as InvoiceView['status'];
};

const invoiceView = (invoice: Stripe.Invoice, hasUsageLines: boolean): InvoiceView => ({
  id: invoice.id,
  ...(invoice.number !== null && { number: invoice.number }),
  status: statusOf(invoice.status),
  amountDue: BigInt(invoice.amount_due),
  amountPaid: BigInt(invoice.amount_paid),
  currency: invoice.currency,
  createdAt: momentOf(invoice.created),
  period: { start: momentOf(invoice.period_start), end: momentOf(invoice.period_end) },
  ...(invoice.hosted_invoice_url && { hostedUrl: invoice.hosted_invoice_url }),
  ...(invoice.invoice_pdf && { pdf: invoice.invoice_pdf }),
  billingReason: invoice.billing_reason ?? 'manual',
  hasUsageLines,
});

const lineView = (line: Stripe.InvoiceLineItem): InvoicePreview['lines'][number] => ({
  description: line.description ?? '',
  amount: BigInt(line.amount),
  proration:
    line.parent?.subscription_item_details?.proration ??
    line.parent?.invoice_item_details?.proration ??
    false,
});

const previewView = (invoice: Stripe.Invoice): InvoicePreview => ({
  amountDue: BigInt(invoice.amount_due),
  currency: invoice.currency,
  period: { start: momentOf(invoice.period_start), end: momentOf(invoice.period_end) },
  ...(invoice.next_payment_attempt !== null && { nextAttempt: momentOf(invoice.next_payment_attempt) }),
  // Of what is paid by usage there is a line also where nothing was used.
  lines: invoice.lines.data.filter(({ quantity }) => quantity !== 0).map(lineView),
});

const invoices = (
  calls: Calls,
  withUsage: UsageLines,
  at: ConnectionRef,
  page: { readonly customer: string; readonly limit: number; readonly starting_after?: string },
): ReturnType<InvoiceViews['list']> =>
  calls(at, (stripe) => stripe.invoices.list({ ...page, limit: Math.min(Math.max(page.limit, 1), MOST) }))
    .andThen(({ data, has_more }) =>
      ResultAsync.combine(
        data.map((invoice) => withUsage(at, invoice).map((used) => invoiceView(invoice, used))),
      ).map((items) => ({ items, hasMore: has_more })),
    )
    .mapErr(neverDeclined);

const isNone = (failure: CallFailure): boolean =>
  failure.kind === 'processor_refused' && failure.code === NONE;

/** One that has ended gets no more invoices; for all others Stripe says itself that there is none. */
const upcoming = (calls: Calls, at: ConnectionRef, id: string): ReturnType<InvoiceViews['upcoming']> =>
  calls(at, (stripe) => stripe.subscriptions.retrieve(id))
    .andThen((subscription) =>
      hasEnded(subscription)
        ? okAsync<InvoicePreview | undefined, CallFailure>(undefined)
        : calls(at, (stripe) => stripe.invoices.createPreview({ subscription: id }))
            .map(previewView)
            .orElse((failure) =>
              isNone(failure)
                ? okAsync<InvoicePreview | undefined, CallFailure>(undefined)
                : errAsync(failure),
            ),
    )
    .mapErr(neverDeclined);

/** Asked for just as the change is made, and with the same moment. */
const previewChange = (
  calls: Calls,
  connection: ConnectionRef,
  { subscriptionId, at, ...prices }: Parameters<InvoiceViews['previewChange']>[1],
): ReturnType<InvoiceViews['previewChange']> =>
  calls(connection, (stripe) => stripe.subscriptions.retrieve(subscriptionId))
    .andThen((subscription) => itemsWith(subscription, prices))
    .andThen((items) =>
      calls(connection, (stripe) =>
        stripe.invoices.createPreview({
          subscription: subscriptionId,
          subscription_details: {
            items,
            proration_behavior: 'always_invoice',
            proration_date: secondsOf(at),
          },
        }),
      ),
    )
    .map(previewView)
    .mapErr(neverDeclined);

/** Stripe's invoices, and those to come. */
export const stripeInvoices = (calls: Calls): InvoiceViews => {
  const withUsage = usageLines(calls);
  return {
    list: (at, customer, limit, after) =>
      invoices(calls, withUsage, at, {
        customer,
        limit,
        ...(after !== undefined && { starting_after: after }),
      }),
    upcoming: (at, subscriptionId) => upcoming(calls, at, subscriptionId),
    previewChange: (connection, change) => previewChange(calls, connection, change),
  };
};
