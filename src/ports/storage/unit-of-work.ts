import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Page, PageRequest } from '../../domain/shared/page.js';
import type { Bucket } from '../../domain/storage/bucket.js';
import type { NotFound, StaleVersion, Unavailable } from '../shared/failure.js';
import type { Sealed } from '../shared/sealer.js';
import type { SharedTx } from '../shared/shared-tx.js';
import type { UnitOfWork } from '../shared/unit-of-work.js';

export type BucketNameTaken = { readonly kind: 'bucket_name_taken' };

/** Every call is scoped by account; tombstones are never found. */
export type Buckets = {
  readonly get: (account: AccountId, id: string) => ResultAsync<Bucket, NotFound | Unavailable>;
  readonly add: (bucket: Bucket, secret: Sealed) => ResultAsync<void, BucketNameTaken | Unavailable>;
  readonly save: (bucket: Bucket) => ResultAsync<Bucket, StaleVersion | Unavailable>;
};

export type StorageTx = SharedTx & { readonly buckets: Buckets };
export type StorageUnitOfWork = UnitOfWork<StorageTx>;

/** Reads outside units; the secret comes sealed and only where a use case asks for it. */
export type StorageReaders = {
  readonly bucket: (
    account: AccountId,
    id: string,
  ) => ResultAsync<{ readonly bucket: Bucket; readonly secret: Sealed }, NotFound | Unavailable>;
  readonly bucketsOf: (
    account: AccountId,
    page: PageRequest<string>,
  ) => ResultAsync<Page<Bucket, string>, Unavailable>;
};
