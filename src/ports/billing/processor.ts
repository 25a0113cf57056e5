import type { Brand } from '../../domain/shared/brand.js';

/** Which account at which processor: the seller's own. Made by composition and, later, from rows. */
export type ConnectionRef = Brand<string, 'ConnectionRef'>;

/** No key is set for this seller: nothing can be sold. */
export type PaymentsNotConfigured = { readonly kind: 'payments_not_configured' };
/** The processor says no and will again: `code` and `reason` are its words, safe to show. */
export type ProcessorRefused = {
  readonly kind: 'processor_refused';
  readonly code: string;
  readonly reason: string;
};
/** There is no such thing in this seller's account at the processor. */
export type ProcessorMissing = { readonly kind: 'processor_missing'; readonly what: string };
/** The customer's bank or card said no. */
export type PaymentDeclined = { readonly kind: 'payment_declined'; readonly code: string };

/**
 * Every call that creates or charges carries a key: called twice with one key it happens once, and answers the
 * same. `unavailable` leaves open whether it happened; calling again with the key finds out.
 */
export type Keyed = { readonly key: string };

/** Metadata of ours that the processor keeps and gives back. */
export type Labels = Readonly<Record<string, string>>;
