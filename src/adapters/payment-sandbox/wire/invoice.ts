import type Stripe from 'stripe';
import { known } from '../lookup.js';
import type { InvoiceRecord, LineRecord } from '../records.js';
import type { State } from '../state.js';
import { listWire } from './subscription.js';
import type { Wire } from './wire.js';

type Of = { readonly invoice: string | null; readonly subscription: string; readonly currency: string };

const lineWire = (state: State, of: Of, line: LineRecord) => {
  const price = known(state.prices, line.price);
  return {
    id: line.id,
    object: 'line_item',
    amount: line.amount,
    currency: of.currency,
    description: line.description,
    discount_amounts: [],
    discountable: !line.proration,
    discounts: [],
    invoice: of.invoice,
    livemode: false,
    metadata: {},
    parent: {
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: line.proration,
        proration_details: line.proration ? { credited_items: null } : null,
        subscription: of.subscription,
        subscription_item: line.item,
      },
      type: 'subscription_item_details',
    },
    period: { end: line.period.end, start: line.period.start },
    pretax_credit_amounts: [],
    pricing: {
      price_details: { price: price.id, product: price.product },
      type: 'price_details',
      unit_amount_decimal: String(price.unitAmount),
    },
    quantity: line.quantity,
    quantity_decimal: String(line.quantity),
    subscription: of.subscription,
    subtotal: line.amount,
    taxes: [],
  } satisfies Wire<Stripe.InvoiceLineItem>;
};

const totalOf = (lines: readonly LineRecord[]): number => lines.reduce((sum, { amount }) => sum + amount, 0);

const MOST_LINES = 10;

const linesWire = (state: State, of: Of, lines: readonly LineRecord[]) =>
  listWire(
    lines.slice(0, MOST_LINES).map((line) => lineWire(state, of, line)),
    `/v1/invoices/${of.invoice ?? 'upcoming'}/lines`,
    lines.length > MOST_LINES,
  );

/** An invoice in Stripe's form; one that is a preview has no id there, and the state keeps nothing of it. */
export const invoiceWire = (state: State, invoice: InvoiceRecord, base: string) => {
  const customer = known(state.customers, invoice.customer);
  const total = totalOf(invoice.lines);
  const paid = invoice.status === 'paid' ? invoice.amountDue : 0;
  const page = `${base}/i/${invoice.secret}`;
  return {
    ...unused,
    id: invoice.id,
    object: 'invoice',
    amount_due: invoice.amountDue,
    amount_paid: paid,
    amount_remaining: invoice.amountDue - paid,
    attempt_count: invoice.attempts,
    attempted: invoice.attempts > 0,
    auto_advance: invoice.status === 'open',
    billing_reason: invoice.reason,
    created: invoice.created,
    currency: invoice.currency,
    customer: invoice.customer,
    customer_email: customer.email,
    customer_name: customer.name,
    effective_at: invoice.created,
    ending_balance: invoice.endingBalance,
    hosted_invoice_url: page,
    lines: linesWire(
      state,
      { invoice: invoice.id, subscription: invoice.subscription, currency: invoice.currency },
      invoice.lines,
    ),
    metadata: {},
    next_payment_attempt: invoice.nextAttempt,
    number: invoice.number,
    parent: {
      quote_details: null,
      subscription_details: {
        metadata: invoice.subscriptionMetadata,
        subscription: invoice.subscription,
      },
      type: 'subscription_details',
    },
    period_end: invoice.period.end,
    period_start: invoice.period.start,
    starting_balance: invoice.startingBalance,
    status: invoice.status,
    status_transitions: {
      finalized_at: invoice.created,
      marked_uncollectible_at: null,
      paid_at: invoice.paidAt,
      voided_at: invoice.voidedAt,
    },
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
  } satisfies Wire<Stripe.Invoice>;
};

/** Of what the sandbox knows nothing: taxes, discounts, Connect, shipping. */
const unused = {
  account_country: 'US',
  account_name: 'Payment sandbox',
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_shipping: 0,
  application: null,
  automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
  automatically_finalizes_at: null,
  collection_method: 'charge_automatically',
  custom_fields: null,
  customer_account: null,
  customer_address: null,
  customer_phone: null,
  customer_shipping: null,
  customer_tax_exempt: 'none',
  customer_tax_ids: [],
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  description: null,
  discounts: [],
  due_date: null,
  footer: null,
  from_invoice: null,
  invoice_pdf: null,
  issuer: { type: 'self' },
  last_finalization_error: null,
  latest_revision: null,
  livemode: false,
  on_behalf_of: null,
  payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
  post_payment_credit_notes_amount: 0,
  pre_payment_credit_notes_amount: 0,
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  statement_descriptor: null,
  test_clock: null,
  total_discount_amounts: [],
  total_pretax_credit_amounts: [],
  total_taxes: [],
  webhooks_delivered_at: null,
} satisfies Partial<Wire<Stripe.Invoice>>;
