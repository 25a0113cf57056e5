import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Unavailable } from './failure.js';

/**
 * A transaction: Ok commits, Err rolls back, and nothing outside `work` sees a half-done change.
 * `work` may run more than once (serialization conflicts are retried), so it only touches `tx`.
 */
export type UnitOfWork<Tx> = {
  /** A snapshot of the moment it starts; conflicting writers are retried, one after the other. */
  readonly run: <T, E>(work: (tx: Tx) => ResultAsync<T, E>) => ResultAsync<T, E | Unavailable>;
  /**
   * Each statement sees what is committed when it begins, so that units which take from the same counter follow one
   * another where under `run` all but one would begin again. For units that only add rows of their own and count;
   * what one statement has read may be otherwise for the next.
   */
  readonly runAdding: <T, E>(work: (tx: Tx) => ResultAsync<T, E>) => ResultAsync<T, E | Unavailable>;
  /**
   * Waits until no unit that took `lockLive` on the account is open, keeps new ones out, and sees
   * all that earlier ones committed. For deleting an account: nothing can be created in it meanwhile.
   */
  readonly runExclusive: <T, E>(
    account: AccountId,
    work: (tx: Tx) => ResultAsync<T, E>,
  ) => ResultAsync<T, E | Unavailable>;
};
