import type { ResultAsync } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';
import type {
  ConnectionRef,
  Keyed,
  Labels,
  PaymentsNotConfigured,
  ProcessorMissing,
  ProcessorRefused,
} from './processor.js';

export type CheckoutMode = 'payment' | 'subscription' | 'setup';

export type CheckoutSession = { readonly id: string; readonly url: string; readonly expiresAt: Instant };

/** Pages of the processor where a payer pays, or minds what they pay with. */
export type Checkout = {
  /** The processor's id of a customer of ours; made once per key, found again ever after. */
  readonly ensureCustomer: (
    at: ConnectionRef,
    customer: Keyed & { readonly email?: string | undefined; readonly name: string; readonly labels: Labels },
  ) => ResultAsync<string, ProcessorRefused | PaymentsNotConfigured | Unavailable>;
  /** `setup` keeps a card and takes no price. Labels come back on the session and on the subscription it makes. */
  readonly open: (
    at: ConnectionRef,
    session: Keyed & {
      readonly customer: string;
      readonly mode: CheckoutMode;
      readonly price?: string | undefined;
      /** Of a subscription: the price by usage beside it, paid when its period ends. */
      readonly usage?: string | undefined;
      readonly successUrl: string;
      readonly cancelUrl: string;
      readonly labels: Labels;
    },
  ) => ResultAsync<
    CheckoutSession,
    ProcessorMissing | ProcessorRefused | PaymentsNotConfigured | Unavailable
  >;
  /** Ends a session that nobody has paid yet. One that is over already is success. */
  readonly expire: (
    at: ConnectionRef,
    sessionId: string,
  ) => ResultAsync<void, ProcessorMissing | PaymentsNotConfigured | Unavailable>;
  readonly portal: (
    at: ConnectionRef,
    session: { readonly customer: string; readonly returnUrl: string },
  ) => ResultAsync<
    { readonly url: string },
    ProcessorMissing | ProcessorRefused | PaymentsNotConfigured | Unavailable
  >;
};
