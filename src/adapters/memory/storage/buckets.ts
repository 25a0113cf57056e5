import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import type { BucketMounted, BucketNameTaken, Buckets } from '../../../ports/storage/unit-of-work.js';
import { tableWithPrivateColumns } from '../kit/private-columns.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf } from '../shared/rows.js';
import { type BucketMountRow, splitBucket, TABLES } from './rows.js';

const UNIQUE_NAME = 'buckets.name';
const nameIn = ({ accountId, name }: Bucket): string => idOf(accountId, name);

const stale = (id: string): StaleVersion => ({ kind: 'stale_version', id });

/** Managed buckets on one unit; among the living ones of an account a name is unique. */
export const memoryBuckets = (tx: MemoryTx): Buckets => {
  const buckets = tableWithPrivateColumns(tx, TABLES.buckets, splitBucket);
  const living = (account: AccountId, id: string): ResultAsync<Bucket, NotFound> =>
    buckets
      .find(id)
      .andThen((bucket) =>
        bucket === undefined || bucket.accountId !== account || bucket.status === 'deleted'
          ? errAsync<Bucket, NotFound>(NOT_FOUND)
          : okAsync(bucket),
      );
  const current = (bucket: Bucket): ResultAsync<Bucket, StaleVersion> =>
    living(bucket.accountId, bucket.id)
      .mapErr((): StaleVersion => stale(bucket.id))
      .andThen((found) => (found.version === bucket.version ? okAsync(found) : errAsync(stale(bucket.id))));
  const isMounted = (id: string): ResultAsync<boolean, never> =>
    tx
      .table<BucketMountRow>(TABLES.bucketMounts)
      .all()
      .map((mounts) => mounts.some(({ bucketId }) => bucketId === id));
  return {
    get: living,
    add: (bucket, secret) =>
      tx
        .claimUnique(UNIQUE_NAME, nameIn(bucket), bucket.id)
        .andThen((free) =>
          free
            ? buckets.insert(bucket, { secret })
            : errAsync<void, BucketNameTaken>({ kind: 'bucket_name_taken' }),
        ),
    save: (bucket) =>
      current(bucket)
        .andThen(() => buckets.update(bucket))
        .andThen((saved) =>
          (saved.status === 'deleted'
            ? tx.releaseUnique(UNIQUE_NAME, nameIn(saved))
            : okAsync(undefined)
          ).map(() => saved),
        ),
    retire: (bucket) =>
      current(bucket)
        .andThen(() => isMounted(bucket.id))
        .andThen((mounted) =>
          mounted
            ? errAsync<Bucket, BucketMounted | StaleVersion>({ kind: 'bucket_mounted' })
            : buckets.update({ ...bucket, status: 'deleting' }),
        ),
  };
};
