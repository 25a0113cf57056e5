import type { ResultAsync } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';
import type { ObjectKey, Prefix } from '../../domain/storage/object-key.js';
import type { Unavailable } from '../shared/failure.js';
import type {
  BodyMismatch,
  BucketMissing,
  Bytes,
  ObjectMeta,
  PreconditionFailed,
  PutOptions,
  StoreFull,
  TooLarge,
} from './object-store.js';

/** There is no such upload under this key: completed, aborted, or never begun. */
export type UploadMissing = { readonly kind: 'upload_missing' };
/** A part that completes an upload is not there, is another version, or comes out of order. */
export type InvalidPart = { readonly kind: 'invalid_part'; readonly number: number; readonly reason: string };

export type UploadMeta = { readonly id: string; readonly key: ObjectKey; readonly startedAt: Instant };
export type PartMeta = {
  /** 1 to 10,000. */
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: Instant;
};
export type PartOptions = Pick<PutOptions, 'length' | 'maxBytes' | 'signal'>;
type PutPartFailure = UploadMissing | TooLarge | BodyMismatch | StoreFull | Unavailable;
type CompleteFailure =
  | BucketMissing
  | UploadMissing
  | InvalidPart
  | TooLarge
  | PreconditionFailed
  | Unavailable;

/**
 * Objects that arrive in parts, for stores that we speak S3 for. A part put again replaces the one before;
 * nothing is visible until `complete`, then all of it is, at one moment. Every call names bucket and key, and
 * an upload of another key is `upload_missing`.
 */
export type MultipartUploads = {
  readonly begin: (
    bucket: string,
    key: ObjectKey,
    options: Pick<PutOptions, 'contentType' | 'metadata'>,
  ) => ResultAsync<UploadMeta, BucketMissing | Unavailable>;
  readonly putPart: (
    bucket: string,
    key: ObjectKey,
    upload: string,
    number: number,
    body: Bytes,
    options: PartOptions,
  ) => ResultAsync<PartMeta, PutPartFailure>;
  /** Parts by number, those after `after`, at most `limit`; `next` is the `after` of the following page. */
  readonly parts: (
    bucket: string,
    key: ObjectKey,
    upload: string,
    page: { readonly after?: number | undefined; readonly limit: number },
  ) => ResultAsync<
    { readonly parts: readonly PartMeta[]; readonly next?: number | undefined },
    UploadMissing | Unavailable
  >;
  /** Uploads that have begun and not ended, by key and then id, those after `after`. */
  readonly uploads: (
    bucket: string,
    page: {
      readonly prefix: Prefix;
      readonly after?: { readonly key: string; readonly id: string } | undefined;
      readonly limit: number;
    },
  ) => ResultAsync<
    { readonly uploads: readonly UploadMeta[]; readonly more: boolean },
    BucketMissing | Unavailable
  >;
  /**
   * The named parts, in ascending order, become the object; others are forgotten. Repeatable: once done it
   * answers what it made, for as long as that is the object under this key. `freed` is told by whoever made it,
   * and by no repetition.
   */
  readonly complete: (
    bucket: string,
    key: ObjectKey,
    upload: string,
    parts: readonly { readonly number: number; readonly etag: string }[],
    options: Pick<PutOptions, 'maxBytes' | 'ifMatch' | 'ifNoneMatch' | 'freed'>,
  ) => ResultAsync<ObjectMeta, CompleteFailure>;
  /** What the parts of all open uploads in these buckets come to, in bytes. */
  readonly openBytes: (buckets: readonly string[]) => ResultAsync<number, Unavailable>;
  /** Forgets the upload and its parts. An upload that is gone is `upload_missing`. */
  readonly abort: (
    bucket: string,
    key: ObjectKey,
    upload: string,
  ) => ResultAsync<void, UploadMissing | Unavailable>;
};
