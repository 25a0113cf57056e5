import type { ResultAsync } from 'neverthrow';
import type { Customer } from '../../domain/billing/customer.js';
import type { SellerId } from '../../domain/billing/seller.js';
import type { Subscription } from '../../domain/billing/subscription.js';
import type { Instant } from '../../domain/shared/time.js';
import type { DomainEvent } from '../shared/events.js';
import type { StaleVersion, Unavailable } from '../shared/failure.js';
import type { LeaseLost } from '../shared/jobs.js';
import type { ConnectionRef } from './processor.js';

/** An event in the hands of one who works on it until its lease ends; `epoch` fences what it writes. */
export type ClaimedEvent = {
  readonly connection: ConnectionRef;
  readonly eventId: string;
  readonly epoch: number;
};

/** A customer with all its subscriptions, newest first. */
export type MirroredCustomer = { readonly customer: Customer; readonly rows: readonly Subscription[] };

/** `done`: worked on to its end before. `held`: somebody works on it at this moment. */
export type EventClaim =
  | { readonly kind: 'claimed'; readonly claim: ClaimedEvent; readonly about?: MirroredCustomer | undefined }
  | { readonly kind: 'done' }
  | { readonly kind: 'held'; readonly until: Instant };

/** What an event most often comes to: one row that is there is saved, and told of, or found to stand as it is. */
export type Upshot =
  | { readonly kind: 'saved'; readonly row: Subscription; readonly told: DomainEvent }
  | { readonly kind: 'confirmed'; readonly row: Subscription };

/** Which events of processors have come, so that each takes effect once, through whichever door and how often it comes. */
export type InboundEvents = {
  /** One statement. A lease that has run out is taken over, with the next epoch. */
  readonly claim: (
    event: {
      readonly connection: ConnectionRef;
      readonly id: string;
      readonly type: string;
      readonly door: string;
      /** Whom it is about, by the processor's id: how we know them at this moment comes with the claim. */
      readonly customer?: { readonly sellerId: SellerId; readonly processorId: string } | undefined;
    },
    at: Instant,
    leaseUntil: Instant,
  ) => ResultAsync<EventClaim, Unavailable>;
  /** Worked on to its end; only by who holds it. */
  readonly close: (claim: ClaimedEvent, at: Instant) => ResultAsync<void, LeaseLost | Unavailable>;
  /**
   * One statement: writes what an event came to, and closes it. The row is saved by compare-and-set as in a unit, or
   * nothing is written; a saved one keeps its status. An event that another has taken over stays theirs to close.
   */
  readonly conclude: (
    claim: ClaimedEvent,
    upshot: Upshot,
    at: Instant,
  ) => ResultAsync<Subscription, StaleVersion | Unavailable>;
  /** Given back before its end: the next delivery need not wait for the lease. One that is no longer held is success. */
  readonly release: (claim: ClaimedEvent) => ResultAsync<void, Unavailable>;
};
