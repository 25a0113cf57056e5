import type { ResultAsync } from 'neverthrow';
import type { Override, PlanFeature } from '../../domain/entitlements/allowance.js';
import type { AccountFacts, Count } from '../../domain/entitlements/facts.js';
import type { Feature } from '../../domain/entitlements/feature.js';
import type { CountedRecord, Reservation, UsageRecord } from '../../domain/entitlements/usage.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Page, PageRequest, Place } from '../../domain/shared/page.js';
import type { Instant, Stretch } from '../../domain/shared/time.js';
import type { NotFound, StaleVersion, Unavailable } from '../shared/failure.js';
import type { SharedTx } from '../shared/shared-tx.js';
import type { UnitOfWork } from '../shared/unit-of-work.js';

export type FeatureNameTaken = { readonly kind: 'feature_name_taken' };
/** The plan has this feature already. */
export type PlanFeatureTaken = { readonly kind: 'plan_feature_taken' };
export type UnknownPlan = { readonly kind: 'plan_unknown' };

/** The catalogue; for all accounts the same. */
export type Features = {
  readonly get: (id: string) => ResultAsync<Feature, NotFound | Unavailable>;
  /** Name and key are each unique. */
  readonly add: (feature: Feature) => ResultAsync<void, FeatureNameTaken | Unavailable>;
  /** Compare-and-set by version. */
  readonly save: (feature: Feature) => ResultAsync<Feature, StaleVersion | FeatureNameTaken | Unavailable>;
  /** Some plan or account has it: what it is must not change any more. */
  readonly inUse: (id: string) => ResultAsync<boolean, Unavailable>;
};

export type PlanFeatures = {
  readonly get: (id: string) => ResultAsync<PlanFeature, NotFound | Unavailable>;
  readonly add: (planFeature: PlanFeature) => ResultAsync<void, PlanFeatureTaken | UnknownPlan | Unavailable>;
  /** Compare-and-set by version. */
  readonly save: (
    planFeature: PlanFeature,
  ) => ResultAsync<PlanFeature, StaleVersion | PlanFeatureTaken | UnknownPlan | Unavailable>;
};

export type Overrides = {
  readonly get: (account: AccountId, featureId: string) => ResultAsync<Override | undefined, Unavailable>;
  /** In place of what was there. */
  readonly put: (account: AccountId, override: Override) => ResultAsync<void, Unavailable>;
  readonly remove: (account: AccountId, featureId: string) => ResultAsync<void, Unavailable>;
};

/** The start of each window that a moment lies in; without a subscription there is no billing period. */
export type WindowStarts = {
  readonly day: Instant;
  readonly month: Instant;
  readonly billing_period?: Instant | undefined;
};
/** `again`: it is on record already, with the same feature, value and moment. */
export type Recorded = 'recorded' | 'again' | 'key_reused';

/** What was used: records, and counters of each window that are kept in step with them. */
export type Usage = {
  readonly get: (account: AccountId, id: string) => ResultAsync<UsageRecord, NotFound | Unavailable>;
  /** Those of these keys that are on record in the account, in no order. */
  readonly byKeys: (
    account: AccountId,
    keys: readonly string[],
  ) => ResultAsync<readonly UsageRecord[], Unavailable>;
  /**
   * A record and then all that put it right, in the order of their numbers, in whichever accounts; empty: there is no
   * such record.
   */
  readonly history: (id: string) => ResultAsync<readonly CountedRecord[], Unavailable>;
  /** Each on its own: one that cannot be recorded keeps no other one out. Of two with one key the first counts. */
  readonly record: (
    rows: readonly { readonly record: UsageRecord; readonly windows: WindowStarts }[],
  ) => ResultAsync<readonly Recorded[], Unavailable>;
  /**
   * Locks the counters of these windows until the unit ends, and answers them as they stand now: who reserves waits
   * here for who came before. Reservations that have run out by `at` are given back first.
   */
  readonly lock: (
    account: AccountId,
    featureId: string,
    windows: WindowStarts,
    at: Instant,
  ) => ResultAsync<Readonly<Record<'day' | 'month' | 'billing_period' | 'lifetime', Count>>, Unavailable>;
  readonly reservation: (account: AccountId, id: string) => ResultAsync<Reservation, NotFound | Unavailable>;
  /** Sets aside in all these windows. The caller holds the lock. */
  readonly reserve: (reservation: Reservation, windows: WindowStarts) => ResultAsync<void, Unavailable>;
  /** From held to another state, and out of what is set aside; false: it is not held any more. */
  readonly settle: (
    account: AccountId,
    id: string,
    state: 'confirmed' | 'released' | 'expired',
  ) => ResultAsync<boolean, Unavailable>;
  /** The windows that a reservation was made in. */
  readonly windowsOf: (
    account: AccountId,
    reservationId: string,
  ) => ResultAsync<WindowStarts, NotFound | Unavailable>;
  /** True the first time that this share of this limit is crossed in this window. */
  readonly crossed: (crossing: {
    readonly accountId: AccountId;
    readonly featureId: string;
    readonly windowStart: Instant;
    readonly percent: number;
    readonly limit: bigint;
    readonly at: Instant;
  }) => ResultAsync<boolean, Unavailable>;
};

export type EntitlementsTx = SharedTx & {
  readonly features: Features;
  readonly planFeatures: PlanFeatures;
  readonly overrides: Overrides;
  readonly usage: Usage;
  /** As they stand in this unit. */
  readonly facts: EntitlementReaders['facts'];
};
export type EntitlementsUnitOfWork = UnitOfWork<EntitlementsTx>;

/** Read models: committed rows, newest state. */
export type EntitlementReaders = {
  /** In one statement, by look-ups in indexes only: of all features, or of these keys. `fallback` is not in it. */
  readonly facts: (
    account: AccountId,
    at: Instant,
    keys?: readonly string[],
  ) => ResultAsync<AccountFacts, Unavailable>;
  /** By id or by key. */
  readonly feature: (named: string) => ResultAsync<Feature, NotFound | Unavailable>;
  /** Oldest first. */
  readonly features: (page: PageRequest<string>) => ResultAsync<Page<Feature, string>, Unavailable>;
  /** Of these plans, in the order of the features. */
  readonly planFeaturesOf: (
    planIds: readonly string[],
  ) => ResultAsync<
    ReadonlyMap<string, readonly { readonly feature: Feature; readonly planFeature: PlanFeature }[]>,
    Unavailable
  >;
  /** Of one plan, in the order of the features; their ids are the cursor. */
  readonly planFeatures: (
    planId: string,
    page: PageRequest<string>,
  ) => ResultAsync<Page<PlanFeature, string>, Unavailable>;
  /** Newest first. */
  readonly records: (
    account: AccountId,
    page: PageRequest<string>,
    featureId?: string,
  ) => ResultAsync<Page<UsageRecord, string>, Unavailable>;
  /** What was used in a stretch of time, whenever it was put on record, newest first; nothing else is read. */
  readonly recordsWithin: (
    account: AccountId,
    stretch: Stretch,
    page: PageRequest<Place>,
  ) => ResultAsync<Page<UsageRecord, Place>, Unavailable>;
  /** The numbers of these records, for contracts that know them by one; given in the order of writing. */
  readonly numbersOf: (
    account: AccountId,
    ids: readonly string[],
  ) => ResultAsync<ReadonlyMap<string, number>, Unavailable>;
  /** Reservations that have run out, oldest first. */
  readonly expired: (at: Instant, limit: number) => ResultAsync<readonly Reservation[], Unavailable>;
};
