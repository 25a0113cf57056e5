import type {
  PaymentDeclined,
  PaymentsNotConfigured,
  ProcessorMissing,
  ProcessorRefused,
} from '../../ports/billing/processor.js';
import type { Unavailable } from '../../ports/shared/failure.js';

/** Not among the prices that are on sale here. */
export type PriceUnknown = { readonly kind: 'price_unknown'; readonly field: 'price_id' };
export const PRICE_UNKNOWN: PriceUnknown = { kind: 'price_unknown', field: 'price_id' };

export type NoSubscription = { readonly kind: 'no_subscription' };
export const NO_SUBSCRIPTION: NoSubscription = { kind: 'no_subscription' };

/** The account has never paid anything here. */
export type NoCustomer = { readonly kind: 'no_customer' };
/** The subscription has this price already. */
export type SamePrice = { readonly kind: 'same_price' };
export type AlreadyCancelling = { readonly kind: 'already_cancelling' };
export type NotCancelling = { readonly kind: 'not_cancelling' };
/** A subscription that is about to end is not changed: it is resumed first. */
export type ChangeWhileCancelling = { readonly kind: 'change_while_cancelling' };
/** The quote is older than ten minutes, of another period, or from another price. */
export type QuoteExpired = { readonly kind: 'quote_expired' };
export type AlreadyOnPlan = { readonly kind: 'already_on_plan' };
/** There is nothing to pay. */
export type FreePlan = { readonly kind: 'free_plan' };

/** What anything that asks the processor may meet. */
export type ProcessorFailure = PaymentsNotConfigured | ProcessorRefused | Unavailable;
/** Where nothing that could be missing was named by the caller: what we have on record, the processor has lost. */
export const neverMissing = <E extends { readonly kind: string }>(
  failure: E | ProcessorMissing,
): Exclude<E, ProcessorMissing> | ProcessorRefused =>
  failure.kind === 'processor_missing'
    ? {
        kind: 'processor_refused',
        code: 'resource_missing',
        reason: `There is no such ${(failure as ProcessorMissing).what}.`,
      }
    : (failure as Exclude<E, ProcessorMissing>);

/** Where nothing is charged: a decline is one more way of saying no. */
export const neverDeclined = <E extends { readonly kind: string }>(
  failure: E | PaymentDeclined,
): Exclude<E, PaymentDeclined> | ProcessorRefused =>
  failure.kind === 'payment_declined'
    ? {
        kind: 'processor_refused',
        code: (failure as PaymentDeclined).code,
        reason: 'The payment was declined.',
      }
    : (failure as Exclude<E, PaymentDeclined>);
