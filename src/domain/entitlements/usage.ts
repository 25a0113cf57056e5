import type { AccountId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';

/** That something was used. Never changed; what was wrong is put right by a record of the difference. */
export type UsageRecord = {
  readonly id: string;
  readonly accountId: AccountId;
  readonly featureId: string;
  /** Who sends it again sends the same key: it counts once in this account. */
  readonly key: string;
  /** Whole units; negative only in corrections. */
  readonly value: bigint;
  readonly usedAt: Instant;
  readonly recordedAt: Instant;
  /** The record that this one puts right. */
  readonly corrects?: string | undefined;
};

/** A record with the beginning of the billing period that it counted in; undefined: it counted in none. */
export type CountedRecord = UsageRecord & { readonly periodStart?: Instant | undefined };

/** Use that is set aside until it is known whether it happens. */
export type Reservation = {
  readonly id: string;
  readonly accountId: AccountId;
  readonly featureId: string;
  readonly amount: bigint;
  readonly state: 'held' | 'confirmed' | 'released' | 'expired';
  readonly reservedAt: Instant;
  readonly expiresAt: Instant;
};
