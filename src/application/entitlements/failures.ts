import type { EntitlementDecision } from '../../domain/entitlements/decision.js';
import type { InvalidValue } from '../../domain/entitlements/refusals.js';
import type { Reservation } from '../../domain/entitlements/usage.js';
import type { NotFound } from '../../ports/shared/failure.js';

/** There is no feature of this id or key. */
export type FeatureUnknown = { readonly kind: 'feature_unknown'; readonly field: 'feature' };
export const FEATURE_UNKNOWN: FeatureUnknown = { kind: 'feature_unknown', field: 'feature' };

/** What it is cannot change: plans or accounts have it, or this server itself enforces or counts it. */
export type FeatureInUse = { readonly kind: 'feature_in_use' };
export const FEATURE_IN_USE: FeatureInUse = { kind: 'feature_in_use' };

/** Its use is not a matter of records: it is boolean or static, or counted where things are made and deleted. */
export type NotMetered = { readonly kind: 'not_metered'; readonly field: 'feature'; readonly reason: string };
/** Neither the plan of the account nor an override has this feature. */
export type NotInPlan = {
  readonly kind: 'not_in_plan';
  readonly field: 'feature';
  readonly decision: EntitlementDecision;
};

/** The same key came before for another feature, value or moment. */
export type UsageKeyReused = { readonly kind: 'key_reused'; readonly field: 'key' };
export const USAGE_KEY_REUSED: UsageKeyReused = { kind: 'key_reused', field: 'key' };

/** Why one use was not put on record. */
export type UsageRefusal = NotFound | FeatureUnknown | NotMetered | NotInPlan | InvalidValue | UsageKeyReused;

export type BatchTooLarge = { readonly kind: 'batch_too_large'; readonly limit: number };

/** The account may not have so much now. */
export type LimitReached = { readonly kind: 'limit_reached'; readonly decision: EntitlementDecision };
/** Only what is counted by records can be set aside. */
export type NotReservable = {
  readonly kind: 'not_reservable';
  readonly field: 'feature';
  readonly reason: string;
};
/** It is not held any more. */
export type ReservationOver = {
  readonly kind: 'reservation_over';
  readonly state: Exclude<Reservation['state'], 'held'>;
};
