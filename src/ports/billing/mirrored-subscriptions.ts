import type { ResultAsync } from 'neverthrow';
import type { Period } from '../../domain/billing/period.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';
import type {
  ConnectionRef,
  Keyed,
  Labels,
  PaymentDeclined,
  PaymentsNotConfigured,
  ProcessorMissing,
  ProcessorRefused,
} from './processor.js';

/** The processor's own words. */
export type ProcessorStatus =
  | 'incomplete'
  | 'incomplete_expired'
  | 'trialing'
  | 'active'
  | 'past_due'
  | 'canceled'
  | 'unpaid'
  | 'paused';

/** A subscription as the processor has it now. */
export type SubscriptionView = {
  readonly id: string;
  readonly customer: string;
  readonly status: ProcessorStatus;
  readonly cancelAtPeriodEnd: boolean;
  /** Of the base plan: the one licensed item. */
  readonly price: string;
  readonly itemId: string;
  /** Of the base item: periods live on items. */
  readonly period: Period;
  readonly createdAt: Instant;
  readonly endedAt?: Instant | undefined;
  readonly labels: Labels;
};

type Failure = ProcessorMissing | ProcessorRefused | PaymentsNotConfigured | Unavailable;

/** Subscriptions whose truth lies with the processor. */
export type MirroredSubscriptions = {
  readonly get: (at: ConnectionRef, id: string) => ResultAsync<SubscriptionView, Failure>;
  /** All of a customer, ended ones too, newest first, at most 100. */
  readonly ofCustomer: (
    at: ConnectionRef,
    customer: string,
  ) => ResultAsync<readonly SubscriptionView[], Failure>;
  /** Another price now, prorated to the second of `at`; an upgrade is charged to the saved method at once. */
  readonly changePrice: (
    connection: ConnectionRef,
    change: Keyed & { readonly id: string; readonly price: string; readonly at: Instant },
  ) => ResultAsync<SubscriptionView, Failure | PaymentDeclined>;
  /** Another price when the running period ends; nothing is charged or credited before. */
  readonly changePriceAtPeriodEnd: (
    connection: ConnectionRef,
    change: Keyed & { readonly id: string; readonly price: string },
  ) => ResultAsync<SubscriptionView, Failure>;
  readonly setCancelAtPeriodEnd: (
    connection: ConnectionRef,
    change: Keyed & { readonly id: string; readonly cancel: boolean },
  ) => ResultAsync<SubscriptionView, Failure>;
  /** Ends it now, without a last invoice: for a second one that a race has made. */
  readonly cancelNow: (
    connection: ConnectionRef,
    change: Keyed & { readonly id: string },
  ) => ResultAsync<SubscriptionView, Failure>;
};
