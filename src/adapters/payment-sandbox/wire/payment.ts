import type Stripe from 'stripe';
import type { InvoiceRecord } from '../records.js';
import type { RefundRecord } from '../refund-record.js';
import type { Wire } from './wire.js';

const named = (prefix: string, { id }: InvoiceRecord): string => `${prefix}_${id.slice(id.indexOf('_') + 1)}`;

/** What an invoice is paid by: one charge, so its name follows from the invoice's. */
export const paymentIntentOf = (invoice: InvoiceRecord): string => named('pi', invoice);

/** The one payment of a paid invoice in Stripe's form. */
export const invoicePaymentWire = (invoice: InvoiceRecord) =>
  ({
    id: named('inpay', invoice),
    object: 'invoice_payment',
    amount_paid: invoice.amountDue,
    amount_requested: invoice.amountDue,
    created: invoice.created,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { payment_intent: paymentIntentOf(invoice), type: 'payment_intent' },
    status: 'paid',
    status_transitions: { canceled_at: null, paid_at: invoice.paidAt },
  }) satisfies Wire<Stripe.InvoicePayment>;

/** A refund in Stripe's form. */
export const refundWire = (refund: RefundRecord, invoice: InvoiceRecord) =>
  ({
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    balance_transaction: null,
    charge: null,
    created: refund.created,
    currency: refund.currency,
    customer: invoice.customer,
    customer_account: null,
    metadata: {},
    payment_intent: paymentIntentOf(invoice),
    payment_method: null,
    reason: refund.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: 'succeeded',
    transfer_reversal: null,
  }) satisfies Wire<Stripe.Refund>;
