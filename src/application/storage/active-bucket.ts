import { err, ok, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Bucket } from '../../domain/storage/bucket.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import type { BucketMissing } from '../../ports/storage/object-store.js';
import type { StorageDeps } from './deps.js';

/** The bucket is there but not in a state in which it can be used. */
export type BucketNotActive = { readonly kind: 'bucket_not_active'; readonly status: Bucket['status'] };

/** The account's bucket, if its objects can be worked on. */
export const activeBucket = (
  { readers }: StorageDeps,
  account: AccountId,
  id: string,
): ResultAsync<Bucket, NotFound | BucketNotActive | Unavailable> =>
  readers
    .bucket(account, id)
    .andThen(({ bucket }) =>
      bucket.status === 'active'
        ? ok(bucket)
        : err({ kind: 'bucket_not_active' as const, status: bucket.status }),
    );

/** A bucket that vanishes between our row and the store was deleted in that moment. */
export const asNotFound = <E extends { readonly kind: string }>(
  failure: E,
): Exclude<E, BucketMissing> | NotFound =>
  failure.kind === 'bucket_missing' ? NOT_FOUND : (failure as Exclude<E, BucketMissing>);
