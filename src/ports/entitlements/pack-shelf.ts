import type { ResultAsync } from 'neverthrow';
import type { PackFile } from '../../domain/entitlements/pack.js';
import type { AccountId, UserId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { NotFound, Unavailable } from '../shared/failure.js';

/** One file of an archive. */
export type PackContent = { readonly name: string; readonly text: string };

/** The store will not have it, now or ever: another attempt would meet the same answer. */
export type ShelfRefused = { readonly kind: 'shelf_refused'; readonly reason: string };

/** What lies there is not what was put there. */
export type PackAltered = { readonly kind: 'pack_altered' };

/** On whose behalf the shelf is used, and what for. */
export type ShelfUse = {
  readonly accountId: AccountId;
  readonly userId: UserId;
  readonly at: Instant;
  readonly requestId: string;
};

/** Where the archives of a workspace lie: a bucket of its own that nobody else writes to, made when it is first needed. */
export type PackShelf = {
  /** Whole or not at all, in place of what lay under this key. */
  readonly put: (
    use: ShelfUse,
    key: string,
    contents: readonly PackContent[],
    modifiedAt: Instant,
  ) => ResultAsync<PackFile, ShelfRefused | Unavailable>;
  /** Those very bytes that were put there. */
  readonly open: (
    use: ShelfUse,
    file: PackFile,
  ) => ResultAsync<
    { readonly size: number; readonly body: AsyncIterable<Uint8Array>; readonly close: () => void },
    NotFound | PackAltered | Unavailable
  >;
};
