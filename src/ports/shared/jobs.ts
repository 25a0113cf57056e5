import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from './failure.js';
import type { Sealed } from './sealer.js';

export type NewJob = {
  readonly id: string;
  readonly kind: string;
  /** At most one job with this key waits or runs; another enqueue of it changes nothing. */
  readonly key?: string | undefined;
  readonly accountId?: AccountId | undefined;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What must not lie open in a row: opened by the handler with the account's data key. */
  readonly sealed?: Sealed | undefined;
  readonly runAt: Instant;
};

/** The half that a unit of work holds: a job exists exactly when its transaction committed. */
export type JobQueue = { readonly enqueue: (job: NewJob) => ResultAsync<void, Unavailable> };

/** A job in a worker's hands until `leaseUntil`; `epoch` fences what it writes back. */
export type ClaimedJob = NewJob & { readonly attempts: number; readonly epoch: number };

/** The lease ran out and another worker has the job: what was done stands, the verdict is theirs. */
export type LeaseLost = { readonly kind: 'lease_lost'; readonly id: string };

/** The worker's half. Delivery is at least once: handlers are idempotent. */
export type Jobs = {
  /** Due jobs of these kinds that nobody holds, oldest first; each attempt counts from 1. */
  readonly claim: (
    kinds: readonly string[],
    limit: number,
    at: Instant,
    leaseUntil: Instant,
  ) => ResultAsync<readonly ClaimedJob[], Unavailable>;
  readonly extend: (job: ClaimedJob, leaseUntil: Instant) => ResultAsync<void, LeaseLost | Unavailable>;
  readonly complete: (job: ClaimedJob) => ResultAsync<void, LeaseLost | Unavailable>;
  /** Puts the job back: after a failure (with why) or because it repeats. */
  readonly release: (
    job: ClaimedJob,
    runAt: Instant,
    error?: string,
  ) => ResultAsync<void, LeaseLost | Unavailable>;
};

/** What kept a handler from finishing; its kind is kept with the job until the next attempt. */
export type JobFailure = { readonly kind: string };

/** To be done again at `again`: that is how a job repeats. */
export type Again = { readonly again?: Instant | undefined };

/** Does the work of one kind of job. It may be called twice for one job, and must not mind. */
// biome-ignore lint/suspicious/noConfusingVoidType: a use case that answers nothing is a handler as it is
export type JobHandler = (job: ClaimedJob) => ResultAsync<Again | void, JobFailure>;
