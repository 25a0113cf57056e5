import type { ResultAsync } from 'neverthrow';
import type { EntitlementDecision } from '../../domain/entitlements/decision.js';
import type { HeldFeature } from '../../domain/entitlements/feature.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Audit } from './audit.js';
import type { Events } from './events.js';
import type { NotFound, Unavailable } from './failure.js';
import type { Idempotency } from './idempotency.js';
import type { JobQueue } from './jobs.js';
import type { DataKey } from './sealer.js';

/** Features of which accounts hold so many things, each counted where it is made and where it ends. */
export type QuotaFeature = Exclude<HeldFeature, 'storage_bytes' | 'objects'>;
/** The account may not have so many. Its decision says why. */
export type QuotaExceeded = { readonly kind: 'quota_exceeded'; readonly decision: EntitlementDecision };

/** What every unit of work offers beside its own repositories. */
export type SharedTx = {
  readonly events: Events;
  readonly audit: Audit;
  readonly jobs: JobQueue;
  readonly idempotency: Idempotency;
  readonly accounts: {
    /** Share lock: the account is live now and stays so until this unit ends. Also hands out its data key. */
    readonly lockLive: (id: AccountId) => ResultAsync<{ readonly dataKey: DataKey }, NotFound | Unavailable>;
  };
  readonly quota: {
    /**
     * Takes `n`, never past what the account may have at `at`: by its override, else by its plan, else by the
     * operator's settings. Of those who take at once none goes beyond a limit with the others.
     */
    readonly take: (
      account: AccountId,
      feature: QuotaFeature,
      n: number,
      at: Instant,
    ) => ResultAsync<void, QuotaExceeded | Unavailable>;
    /** Gives back what was taken; never below nothing. */
    readonly release: (
      account: AccountId,
      feature: QuotaFeature,
      n: number,
    ) => ResultAsync<void, Unavailable>;
  };
};
