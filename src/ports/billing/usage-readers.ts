import type { ResultAsync } from 'neverthrow';
import type { BucketStanding, FileSystemStanding, Measured } from '../../domain/billing/usage-report.js';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';

/** Where slots begin, in order, and where the last one ends. Fewer than two: there are no slots. */
export type Edges = readonly Instant[];

/** What an account has and has used, from the meters of other contexts. */
export type UsageReaders = {
  /** Buckets, deleted ones too, and living file systems; each by id. */
  readonly resources: (account: AccountId) => ResultAsync<
    {
      readonly buckets: readonly BucketStanding[];
      readonly fileSystems: readonly FileSystemStanding[];
    },
    Unavailable
  >;
  /**
   * Byte-milliseconds of each bucket in each slot until `until`, by bucket and slot; those without any are left out.
   * The meter knows whole hours: what it has for a part of one is spread evenly, and parts sum to the hour.
   */
  readonly stored: (
    account: AccountId,
    edges: Edges,
    until: Instant,
  ) => ResultAsync<Measured['stored'], Unavailable>;
  /** Milliseconds that file systems ran in each slot until `until`; by file system, slot, label and price. */
  readonly ran: (
    account: AccountId,
    edges: Edges,
    until: Instant,
  ) => ResultAsync<Measured['ran'], Unavailable>;
};
