import type { ResultAsync } from 'neverthrow';
import type { Period } from '../../domain/billing/period.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';
import type { Prices } from './mirrored-subscriptions.js';
import type {
  ConnectionRef,
  PaymentsNotConfigured,
  ProcessorMissing,
  ProcessorRefused,
} from './processor.js';

/** An invoice as the processor has it. Amounts are minor units of `currency`. */
export type InvoiceView = {
  readonly id: string;
  readonly number?: string | undefined;
  readonly status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';
  readonly amountDue: bigint;
  readonly amountPaid: bigint;
  readonly currency: string;
  readonly createdAt: Instant;
  readonly period: Period;
  readonly hostedUrl?: string | undefined;
  readonly pdf?: string | undefined;
  readonly billingReason: string;
  /** Whether some of it is for usage; an invoice of which nothing is has none, whatever its lines are. */
  readonly hasUsageLines: boolean;
};

export type InvoicePreview = {
  readonly amountDue: bigint;
  readonly currency: string;
  readonly period: Period;
  readonly nextAttempt?: Instant | undefined;
  /** What was not used has none. */
  readonly lines: readonly {
    readonly description: string;
    readonly amount: bigint;
    readonly proration: boolean;
  }[];
};

type Failure = ProcessorMissing | ProcessorRefused | PaymentsNotConfigured | Unavailable;

export type InvoiceViews = {
  /** Newest first, from the one after `after` on. */
  readonly list: (
    at: ConnectionRef,
    customer: string,
    limit: number,
    after?: string,
  ) => ResultAsync<{ readonly items: readonly InvoiceView[]; readonly hasMore: boolean }, Failure>;
  /** What the next invoice will come to, projected usage included; undefined: there will be none. */
  readonly upcoming: (
    at: ConnectionRef,
    subscriptionId: string,
  ) => ResultAsync<InvoicePreview | undefined, Failure>;
  /** What changing to this price at this instant would charge now: with the same instant the change charges just that. */
  readonly previewChange: (
    connection: ConnectionRef,
    change: Prices & { readonly subscriptionId: string; readonly at: Instant },
  ) => ResultAsync<InvoicePreview, Failure>;
};
