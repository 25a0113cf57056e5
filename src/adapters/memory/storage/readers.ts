import { errAsync, okAsync } from 'neverthrow';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { StorageReaders } from '../../../ports/storage/unit-of-work.js';
import { keyset } from '../kit/keyset.js';
import type { MemoryStore } from '../kit/store.js';
import { type BucketRow, splitBucket, TABLES } from './rows.js';

/** Committed buckets, always of one account. */
export const memoryStorageReaders = (store: MemoryStore): StorageReaders => {
  const buckets = store.read<BucketRow>(TABLES.buckets);
  return {
    bucket: (account, id) =>
      buckets.get(id).andThen((row) => {
        if (row === undefined || row.accountId !== account || row.status === 'deleted')
          return errAsync<never, NotFound>(NOT_FOUND);
        const [bucket, { secret }] = splitBucket(row);
        return okAsync({ bucket, secret });
      }),
    bucketsOf: (account, page) =>
      buckets.all().map((rows) =>
        keyset(
          rows
            .filter((row) => row.accountId === account && row.status !== 'deleted')
            .map((row) => splitBucket(row)[0]),
          page,
          ({ id }) => id,
        ),
      ),
  };
};
