import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { StorageSize, Turnover } from '../../domain/storage/storage-size.js';
import type { Unavailable } from '../shared/failure.js';
import type { RoomOf } from './allotments.js';

export type MeteredBucket = { readonly accountId: AccountId; readonly bucketId: string };
/** Something came to a managed bucket, or left it, at a moment. */
export type StorageChange = MeteredBucket & Turnover & { readonly at: Instant };

/**
 * What managed buckets hold, as it was counted at write. A process that dies takes its last changes along, so
 * a ledger may be wrong by them, even below nothing, until the bucket is listed again.
 */
export type StorageMeter = {
  /**
   * All of them or none. Moments may come late and in any order; what comes after a bucket's end is not counted. What
   * was set aside for the changes is no longer: as far as there is so much, it is taken off in the same step.
   */
  readonly add: (changes: readonly StorageChange[], spent?: RoomOf) => ResultAsync<void, Unavailable>;
  /** The bucket is gone, and all that was in it. Repeatable. */
  readonly end: (bucket: MeteredBucket, at: Instant) => ResultAsync<void, Unavailable>;
  /** What all buckets of the account hold. */
  readonly usedBy: (account: AccountId) => ResultAsync<StorageSize, Unavailable>;
  /** What each of the account's buckets holds now; one that never held anything may be left out. */
  readonly sizesOf: (
    account: AccountId,
  ) => ResultAsync<readonly (StorageSize & { readonly bucketId: string })[], Unavailable>;
};

/** A listing that is under way: what it has come to so far, and the name after which it goes on. */
export type StorageCount = MeteredBucket & {
  /** Counts pages: of two who go on from the same place, one does. */
  readonly step: number;
  readonly after?: string | undefined;
  readonly listed: StorageSize;
  /** All of it is listed. */
  readonly isWhole: boolean;
};
export type DueBucket = MeteredBucket & { readonly bucketName: string };

/** Listings by which the ledger is put right. They may stop at any page and be gone on with by anybody. */
export type StorageCounts = {
  /** Active buckets to be listed, or gone on with, at `at`: longest due first. One is due for the first time when
   * it was made `every` ago. */
  readonly due: (at: Instant, every: number, limit: number) => ResultAsync<readonly DueBucket[], Unavailable>;
  /** The count that is under way, or a new one: from here on it is known what comes and what leaves. */
  readonly begin: (bucket: MeteredBucket) => ResultAsync<StorageCount, Unavailable>;
  /** One page more; without `after` it was the last. Undefined: somebody else has gone on from there. */
  readonly advance: (
    count: StorageCount,
    page: { readonly listed: StorageSize; readonly after?: string | undefined },
  ) => ResultAsync<StorageCount | undefined, Unavailable>;
  /** The bucket comes again at `dueAt`; what was listed of it is kept. */
  readonly putOff: (bucket: MeteredBucket, dueAt: Instant) => ResultAsync<void, Unavailable>;
  /**
   * Puts right what the whole listing shows to be wrong and nothing that came or left meanwhile explains; the
   * ledger is right from `at` on, and the bucket comes again at `dueAt`. Nothing happens if the count is over.
   */
  readonly correct: (count: StorageCount, at: Instant, dueAt: Instant) => ResultAsync<void, Unavailable>;
};
