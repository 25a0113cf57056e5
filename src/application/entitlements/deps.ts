import type { ResultAsync } from 'neverthrow';
import type { Allowance } from '../../domain/entitlements/allowance.js';
import type { AccountFacts } from '../../domain/entitlements/facts.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { EntitlementReaders, EntitlementsUnitOfWork } from '../../ports/entitlements/unit-of-work.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';

export type EntitlementsSettings = {
  /** By key of the feature: what accounts may have where neither a plan nor an override says anything. */
  readonly fallbacks: ReadonlyMap<string, Allowance>;
  /** The account whose the catalogue is. */
  readonly platform: AccountId;
};

/** Facts of all features that may be as old as a decision may be (ADR 20). */
export type RecentFacts = (account: AccountId, at: Instant) => ResultAsync<AccountFacts, Unavailable>;

/** What the use cases of entitlements ask of the world. */
export type EntitlementsDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly entitlements: EntitlementsUnitOfWork;
  readonly readers: EntitlementReaders;
  readonly recentFacts: RecentFacts;
  readonly settings: EntitlementsSettings;
};
