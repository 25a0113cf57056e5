import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Audit } from './audit.js';
import type { Events } from './events.js';
import type { NotFound, Unavailable } from './failure.js';
import type { Idempotency } from './idempotency.js';
import type { JobQueue } from './jobs.js';
import type { DataKey } from './sealer.js';

/** Features whose use is counted per account. */
export type QuotaFeature = 'buckets' | 'connections' | 'members' | 'file_systems' | 'gateways';
export type QuotaExceeded = {
  readonly kind: 'quota_exceeded';
  readonly feature: QuotaFeature;
  readonly limit: number;
};

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
    /** Takes `n` in one statement; never past the account's limit. */
    readonly take: (
      account: AccountId,
      feature: QuotaFeature,
      n: number,
    ) => ResultAsync<void, QuotaExceeded | Unavailable>;
    /** Gives back what was taken; never below nothing. */
    readonly release: (
      account: AccountId,
      feature: QuotaFeature,
      n: number,
    ) => ResultAsync<void, Unavailable>;
  };
};
