import type { ResultAsync } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';
import type { ObjectKey, Prefix } from '../../domain/storage/object-key.js';
import type { StorageSize } from '../../domain/storage/storage-size.js';
import type { NotFound, Unavailable } from '../shared/failure.js';

/**
 * Bytes on their way; whoever iterates pulls, so a slow reader slows the writer. A chunk is handed over
 * for good: its sender does not fill it anew.
 */
export type Bytes = AsyncIterable<Uint8Array>;

export type ObjectMeta = {
  readonly key: ObjectKey;
  /** Bytes. */
  readonly size: number;
  /**
   * A version id without quotes; changes whenever the content does. Stores of our own change it with every
   * write and never make it an MD5; S3 and GCS have ways of their own.
   */
  readonly etag: string;
  readonly modifiedAt: Instant;
  readonly contentType?: string | undefined;
  /** What the sender wrote beside the content. Told by `get` and `head`; a listing leaves it out. */
  readonly metadata?: Metadata | undefined;
};

/** The sender's own names and values: names in lower case, at most 2 KiB together (as in S3). */
export type Metadata = Readonly<Record<string, string>>;

export type BucketMissing = { readonly kind: 'bucket_missing' };
/** More bytes than `maxBytes` came, or were announced. Nothing was stored. */
export type TooLarge = { readonly kind: 'object_too_large'; readonly maxBytes: number };
/** The body ended before, or went past, the announced length; or its sender went away. Nothing was stored. */
export type BodyMismatch = { readonly kind: 'body_mismatch'; readonly reason: string };
/** The store has no room left. Nothing was stored. */
export type StoreFull = { readonly kind: 'store_full' };
/** The store knows who asks and does not let them do this: a connection's credentials lack a right. */
export type Denied = { readonly kind: 'store_denied'; readonly reason: string };
/** If-Match or If-None-Match did not hold (RFC 9110 section 13). Nothing was stored or read. */
export type PreconditionFailed = { readonly kind: 'precondition_failed' };
/** The range lies outside the object (RFC 9110 section 14.4). */
export type RangeUnsatisfiable = { readonly kind: 'range_unsatisfiable'; readonly size: number };

/** Told what a call replaced or deleted, before the call answers; of a call that changed nothing, nothing is told. */
export type TellFreed = (freed: StorageSize) => void;

export type PutOptions = {
  /** Announced length in bytes; undefined when the sender does not know it. */
  readonly length?: number | undefined;
  readonly maxBytes: number;
  readonly contentType?: string | undefined;
  readonly metadata?: Metadata | undefined;
  /** `*` in ifNoneMatch: only create. An etag in ifMatch: only replace that version. */
  readonly ifNoneMatch?: '*' | undefined;
  readonly ifMatch?: string | undefined;
  /** Aborted when the sender leaves: nothing is stored, unless the whole body was there already. */
  readonly signal?: AbortSignal | undefined;
  /** Called only by stores that tell. */
  readonly freed?: TellFreed | undefined;
};
export type PutFailure =
  | BucketMissing
  | TooLarge
  | BodyMismatch
  | StoreFull
  | PreconditionFailed
  | Denied
  | Unavailable;

/**
 * Inclusive byte positions as in RFC 9110; `last` undefined: to the end; `suffix`: the last n bytes, or all
 * there are. Any range of an empty object is unsatisfiable: no Content-Range could describe it.
 */
export type ByteRange =
  | { readonly first: number; readonly last?: number | undefined }
  | { readonly suffix: number };

export type GetOptions = { readonly range?: ByteRange | undefined; readonly ifMatch?: string | undefined };
/** `from` and `to` are the inclusive positions that `body` holds; an empty object has to = -1. */
export type StoredObject = {
  readonly meta: ObjectMeta;
  readonly from: number;
  readonly to: number;
  readonly body: Bytes;
  /** Frees what stands behind `body`; safe to call at any time and more than once. */
  readonly close: () => void;
};
export type GetFailure =
  | BucketMissing
  | NotFound
  | PreconditionFailed
  | RangeUnsatisfiable
  | Denied
  | Unavailable;
export type HeadFailure = BucketMissing | NotFound | Denied | Unavailable;
/** What a listing or a deletion may say of the bucket as a whole. */
export type BucketFailure = BucketMissing | Denied | Unavailable;

export type ListRequest = {
  readonly prefix: Prefix;
  /** With '/': keys that go on after a further slash are rolled up into one folder, named up to that slash. */
  readonly delimiter?: '/' | undefined;
  /** Only entries whose name (a key, or a folder with its slash) comes after this, in byte order of UTF-8. */
  readonly after?: string | undefined;
  /** 1 to 1000 entries, keys and folders together. */
  readonly limit: number;
};
export type ListEntry =
  | { readonly type: 'file'; readonly object: ObjectMeta }
  | { readonly type: 'folder'; readonly prefix: string };
/** `next` is the `after` of the following page; absent on the last one. */
export type Listing = { readonly entries: readonly ListEntry[]; readonly next?: string | undefined };

/** A key that could not be deleted, and why; the others are gone. */
export type DeleteError = { readonly key: ObjectKey; readonly reason: string };

/**
 * Where the bytes of buckets live. Every adapter passes test/contract/ports/object-store.contract.ts.
 * `bucket` is the store's own name of it. A put is visible whole or not at all; reads see one version.
 */
export type ObjectStore = {
  /** Whether `freed` is told, exactly, of every put and every deletion. Stores of others do not know. */
  readonly tellsFreed?: true;
  /** Repeatable: a bucket that is there already is success. */
  readonly createBucket: (bucket: string) => ResultAsync<void, Unavailable>;
  /** Repeatable; refuses while objects remain. */
  readonly deleteBucket: (
    bucket: string,
  ) => ResultAsync<void, { readonly kind: 'bucket_not_empty' } | Unavailable>;
  /**
   * Conditions are judged at the moment the object becomes visible. A stream given as `body` is read, never
   * destroyed: it stays its owner's, who may still answer on its socket. `unavailable` may, rarely, hide a
   * put that took place: the answer of the store was lost.
   */
  readonly put: (
    bucket: string,
    key: ObjectKey,
    body: Bytes,
    options: PutOptions,
  ) => ResultAsync<ObjectMeta, PutFailure>;
  /** Whoever does not read `body` to its end calls `close`. */
  readonly get: (
    bucket: string,
    key: ObjectKey,
    options?: GetOptions,
  ) => ResultAsync<StoredObject, GetFailure>;
  readonly head: (bucket: string, key: ObjectKey) => ResultAsync<ObjectMeta, HeadFailure>;
  readonly list: (bucket: string, request: ListRequest) => ResultAsync<Listing, BucketFailure>;
  /** Up to 1000 keys; deleting a key that is not there is success. */
  readonly deleteMany: (
    bucket: string,
    keys: readonly ObjectKey[],
    freed?: TellFreed,
  ) => ResultAsync<readonly DeleteError[], BucketFailure>;
};
