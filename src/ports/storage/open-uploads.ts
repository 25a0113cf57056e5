import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';
import type { OpenUpload, UploadJournal } from './foreign-stores.js';

/** In whose store an upload is open: the operator's, or that behind a customer's connection. */
export type UploadOwner =
  | { readonly kind: 'managed' }
  | { readonly kind: 'connection'; readonly accountId: AccountId; readonly connectionId: string };

export type JournaledUpload = OpenUpload & {
  readonly id: string;
  readonly owner: UploadOwner;
  readonly begunAt: Instant;
};

/**
 * Multipart uploads that foreign stores hold open for us. One that is due is nobody's any more: its process has
 * neither ended nor renewed it.
 */
export type OpenUploads = {
  readonly begin: (upload: JournaledUpload, dueAt: Instant) => ResultAsync<void, Unavailable>;
  /** Whoever still writes these puts off when they are due; never to an earlier time. */
  readonly renew: (ids: readonly string[], dueAt: Instant) => ResultAsync<void, Unavailable>;
  /** Repeatable. */
  readonly end: (id: string) => ResultAsync<void, Unavailable>;
  /**
   * Those due at `at`, longest due first, at most `limit`. They are due again at `again`: of several callers at
   * once each gets others, and one that nobody ended meanwhile is not forgotten.
   */
  readonly claim: (
    at: Instant,
    again: Instant,
    limit: number,
  ) => ResultAsync<readonly JournaledUpload[], Unavailable>;
  /** Those behind one connection, due or not, longest begun first, at most `limit`. */
  readonly ofConnection: (
    account: AccountId,
    connectionId: string,
    limit: number,
  ) => ResultAsync<readonly JournaledUpload[], Unavailable>;
};

/** The journals that this process keeps while it writes to stores. */
export type UploadJournals = { readonly of: (owner: UploadOwner) => UploadJournal };
