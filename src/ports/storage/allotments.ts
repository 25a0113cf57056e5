import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Around } from '../../domain/storage/allotment.js';
import type { StorageSize } from '../../domain/storage/storage-size.js';
import type { Unavailable } from '../shared/failure.js';

/** Room of an account. */
export type AccountRoom = StorageSize & { readonly accountId: AccountId };
/** So much room of accounts, and the process whose it is: named anew with each start. */
export type RoomOf = { readonly holder: string; readonly rooms: readonly AccountRoom[] };

/**
 * Room of accounts that processes have set aside for what they are about to store. What is counted of an account and
 * all that is set aside of it and has not lapsed come to no more than its limit when anything is granted; the meter
 * takes what it counts off what was set aside for it, in one step.
 */
export type StorageAllotments = {
  /**
   * Of all who are granted something of an account, one at a time: the holder has what `plan` says from here on. It
   * may be asked more than once, and only of the last answer anything comes. Without an allotment nothing changes.
   */
  readonly grant: <P extends { readonly allotment: StorageSize | undefined }>(
    of: { readonly accountId: AccountId; readonly holder: string },
    at: Instant,
    plan: (around: Around) => P,
  ) => ResultAsync<P, Unavailable>;
  /** The holder has so much of these accounts, as of now: never more than it had, unless that has lapsed. */
  readonly keep: (room: RoomOf, at: Instant) => ResultAsync<void, Unavailable>;
};
