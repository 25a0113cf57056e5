import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { own } from '../lookup.js';
import type { InvoiceRecord } from '../records.js';
import type { RefundRecord } from '../refund-record.js';
import { invoicePaymentWire, paymentIntentOf, refundWire } from '../wire/payment.js';
import type { World } from '../world.js';
import { endpoint } from './endpoint.js';
import { PAGE, Text } from './fields.js';
import { page } from './lists.js';
import { invalid, missing, type Refusal } from './refusal.js';

const isPaid = ({ status, amountDue }: InvoiceRecord): boolean => status === 'paid' && amountDue > 0;

const paidBy = ({ state }: World, intent: string): Result<InvoiceRecord, Refusal> => {
  const found = Object.values(state.invoices).find(
    (invoice) => isPaid(invoice) && paymentIntentOf(invoice) === intent,
  );
  return found ? ok(found) : err(missing('payment_intent', intent, 'payment_intent'));
};

const NewRefund = {
  payment_intent: Text,
  reason: z.enum(['duplicate', 'fraudulent', 'requested_by_customer']).optional(),
};

/** All of it, once. */
const refund = (
  world: World,
  invoice: InvoiceRecord,
  reason: RefundRecord['reason'],
): Result<object, Refusal> => {
  const { refunds } = world.state;
  if (Object.values(refunds).some((before) => before.invoice === invoice.id))
    return err(invalid('The payment has already been refunded.', { code: 'charge_already_refunded' }));
  const made: RefundRecord = {
    id: world.id('re'),
    created: world.now(),
    invoice: invoice.id,
    amount: invoice.amountDue,
    currency: invoice.currency,
    reason,
  };
  refunds[made.id] = made;
  const wire = refundWire(made, invoice);
  world.tell('refund.created', wire);
  return ok(wire);
};

/** What was paid for an invoice, and its way back. */
export const refundEndpoints = [
  endpoint(
    'GET /v1/invoice_payments',
    { ...PAGE, invoice: Text, status: z.enum(['open', 'paid', 'canceled']).optional() },
    ({ world, fields }) => {
      const invoice = own(world.state.invoices, fields.invoice);
      if (invoice === undefined) return err(missing('invoice', fields.invoice, 'invoice'));
      const shown = isPaid(invoice) && (fields.status ?? 'paid') === 'paid' ? [invoice] : [];
      return page(shown, fields, '/v1/invoice_payments', invoicePaymentWire);
    },
  ),
  endpoint('POST /v1/refunds', NewRefund, ({ world, fields }) =>
    paidBy(world, fields.payment_intent).andThen((invoice) => refund(world, invoice, fields.reason ?? null)),
  ),
  endpoint('GET /v1/refunds', { ...PAGE, payment_intent: Text.optional() }, ({ world, fields }) =>
    page(
      Object.values(world.state.refunds)
        .reverse()
        .flatMap((made) => {
          const invoice = own(world.state.invoices, made.invoice);
          return invoice && (fields.payment_intent ?? paymentIntentOf(invoice)) === paymentIntentOf(invoice)
            ? [{ ...made, of: invoice }]
            : [];
        }),
      fields,
      '/v1/refunds',
      ({ of, ...made }) => refundWire(made, of),
    ),
  ),
];
