import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import type { BucketNameTaken, Buckets } from '../../../ports/storage/unit-of-work.js';
import { tableWithPrivateColumns } from '../kit/private-columns.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf } from '../shared/rows.js';
import { splitBucket, TABLES } from './rows.js';

const UNIQUE_NAME = 'buckets.name';
const nameIn = ({ accountId, name }: Bucket): string => idOf(accountId, name);

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
      living(bucket.accountId, bucket.id)
        .mapErr((): StaleVersion => ({ kind: 'stale_version', id: bucket.id }))
        .andThen(() => buckets.update(bucket))
        .andThen((saved) =>
          (saved.status === 'deleted'
            ? tx.releaseUnique(UNIQUE_NAME, nameIn(saved))
            : okAsync(undefined)
          ).map(() => saved),
        ),
  };
};
