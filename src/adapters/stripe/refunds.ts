import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type Stripe from 'stripe';
import type { MirroredSubscriptions } from '../../ports/billing/mirrored-subscriptions.js';
import type { ConnectionRef } from '../../ports/billing/processor.js';
import type { Calls } from './client.js';
import type { CallFailure } from './failures.js';

type Refund = Parameters<MirroredSubscriptions['refundLatest']>[1];

const MOST = 100;
const NOTHING_LEFT = 'charge_already_refunded';

const idOf = (named: string | { readonly id: string } | null | undefined): string | undefined =>
  typeof named === 'object' ? named?.id : named;

/** What an invoice was paid by; nothing of ours to give back, where it was paid outside of Stripe. */
const paidBy = ({
  payment,
}: Stripe.InvoicePayment): Pick<Stripe.RefundCreateParams, 'payment_intent' | 'charge'> | undefined => {
  const [intent, charge] = [idOf(payment.payment_intent), idOf(payment.charge)];
  if (intent !== undefined) return { payment_intent: intent };
  return charge === undefined ? undefined : { charge };
};

const giveBack = (
  calls: Calls,
  at: ConnectionRef,
  payment: Stripe.InvoicePayment,
  key: string,
): ResultAsync<bigint, CallFailure> => {
  const paid = paidBy(payment);
  if (paid === undefined) return okAsync(0n);
  return calls(at, (stripe) =>
    stripe.refunds.create({ ...paid, reason: 'duplicate' }, { idempotencyKey: `${key}/${payment.id}` }),
  )
    .map(({ amount }) => BigInt(amount))
    .orElse((failure) =>
      failure.kind === 'processor_refused' && failure.code === NOTHING_LEFT ? okAsync(0n) : errAsync(failure),
    );
};

const paymentsOf = (
  calls: Calls,
  at: ConnectionRef,
  invoice: string | undefined,
): ResultAsync<readonly Stripe.InvoicePayment[], CallFailure> =>
  invoice === undefined
    ? okAsync([])
    : calls(at, (stripe) => stripe.invoicePayments.list({ invoice, status: 'paid', limit: MOST })).map(
        ({ data }) => data,
      );

/** Whatever its latest invoice was paid by is paid back in whole. */
export const refundLatest = (
  calls: Calls,
  at: ConnectionRef,
  { id, key }: Refund,
): ResultAsync<bigint, CallFailure> =>
  calls(at, (stripe) => stripe.subscriptions.retrieve(id))
    .andThen(({ latest_invoice }) => paymentsOf(calls, at, idOf(latest_invoice)))
    .andThen((payments) =>
      payments.reduce<ResultAsync<bigint, CallFailure>>(
        (before, payment) =>
          before.andThen((sum) => giveBack(calls, at, payment, key).map((amount) => sum + amount)),
        okAsync(0n),
      ),
    );
