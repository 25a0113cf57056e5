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
  /** It will end, with its period or at another moment that somebody has named. */
  readonly cancelAtPeriodEnd: boolean;
  /** Of the base plan: the one licensed item. */
  readonly price: string;
  readonly itemId: string;
  /** The item at a price of `Catalogue.ensureUsagePrice`: what was used before `since` is on no invoice of it. */
  readonly usage?: { readonly itemId: string; readonly price: string; readonly since: Instant } | undefined;
  /** Of the base item: periods live on items. */
  readonly period: Period;
  readonly createdAt: Instant;
  readonly endedAt?: Instant | undefined;
  readonly labels: Labels;
};

/** Of the plan, and by usage beside it. */
export type Prices = { readonly price: string; readonly usage?: string | undefined };

type Failure = ProcessorMissing | ProcessorRefused | PaymentsNotConfigured | Unavailable;

/** Subscriptions whose truth lies with the processor. */
export type MirroredSubscriptions = {
  readonly get: (at: ConnectionRef, id: string) => ResultAsync<SubscriptionView, Failure>;
  /** The price of the plan from the next period on, where another one is planned. */
  readonly planned: (at: ConnectionRef, id: string) => ResultAsync<string | undefined, Failure>;
  /** All of a customer, ended ones too, newest first, at most 100. What is not of one plan and not of ours is left out. */
  readonly ofCustomer: (
    at: ConnectionRef,
    customer: string,
  ) => ResultAsync<readonly SubscriptionView[], Failure>;
  /**
   * Another price now, prorated to the second of `at`; an upgrade is charged to the saved method at once. `usage` is
   * the price by usage that goes with it: the item that has the one before goes over to it, or goes away without one.
   */
  readonly changePrice: (
    connection: ConnectionRef,
    change: Keyed & Prices & { readonly id: string; readonly at: Instant },
  ) => ResultAsync<SubscriptionView, Failure | PaymentDeclined>;
  /** Another price when the running period ends; nothing is charged or credited before. */
  readonly changePriceAtPeriodEnd: (
    connection: ConnectionRef,
    change: Keyed & Prices & { readonly id: string },
  ) => ResultAsync<SubscriptionView, Failure>;
  /** From now on what is used is charged when the period ends. One that has such an item is left as it is. */
  readonly addUsage: (
    connection: ConnectionRef,
    change: Keyed & { readonly id: string; readonly usage: string },
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
  /** Pays back what was paid for its latest invoice, and says how much: nothing, where nothing is left to pay back. */
  readonly refundLatest: (
    connection: ConnectionRef,
    refund: Keyed & { readonly id: string },
  ) => ResultAsync<bigint, Failure>;
};
