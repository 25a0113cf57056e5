import { okAsync, type ResultAsync } from 'neverthrow';
import { type Instant, plus } from '../../../domain/shared/time.js';
import { drift, NOTHING, sum } from '../../../domain/storage/storage-size.js';
import type { MeteredBucket, StorageCount, StorageCounts } from '../../../ports/storage/meter.js';
import type { MemoryStore, MemoryTx } from '../kit/store.js';
import { type BucketRow, TABLES } from './rows.js';
import { type CountRow, countsIn, record, type SizeRow, sizeRow, sizesIn } from './storage-ledger.js';

const countOf = ({ added: _, freed: __, ...count }: CountRow): StorageCount => count;

const putOff = (tx: MemoryTx, bucket: MeteredBucket, countDueAt: Instant): ResultAsync<void, never> =>
  sizeRow(tx, bucket).andThen((row) => sizesIn(tx).put(row.bucketId, { ...row, countDueAt }));

/** The counts of managed buckets on a memory store. */
export const memoryStorageCounts = (store: MemoryStore): StorageCounts => ({
  due: (at, every, limit) =>
    store.look((look) =>
      look<BucketRow>(TABLES.buckets)
        .all()
        .filter(({ status }) => status === 'active')
        .map(({ id, accountId, bucketName, createdAt }) => ({
          bucket: { bucketId: id, accountId, bucketName },
          dueAt: look<SizeRow>(TABLES.storageSizes).get(id)?.countDueAt ?? plus(createdAt, every),
        }))
        .filter(({ dueAt }) => dueAt <= at)
        .sort((a, b) => a.dueAt - b.dueAt || (a.bucket.bucketId < b.bucket.bucketId ? -1 : 1))
        .slice(0, limit)
        .map(({ bucket }) => bucket),
    ),
  begin: ({ accountId, bucketId }) =>
    store.run((tx) =>
      sizeRow(tx, { accountId, bucketId })
        .andThen((row) => sizesIn(tx).put(bucketId, row))
        .andThen(() => countsIn(tx).get(bucketId))
        .andThen((found) => {
          const size = { listed: NOTHING, added: NOTHING, freed: NOTHING };
          const row = found ?? { accountId, bucketId, step: 0, isWhole: false, ...size };
          return countsIn(tx)
            .put(bucketId, row)
            .map(() => countOf(row));
        }),
    ),
  advance: ({ bucketId, step }, { listed, after }) =>
    store.run((tx) =>
      countsIn(tx)
        .get(bucketId)
        .andThen((row): ResultAsync<StorageCount | undefined, never> => {
          if (row?.step !== step || row.isWhole) return okAsync(undefined);
          const isWhole = after === undefined;
          const next = { ...row, step: step + 1, after, isWhole, listed: sum(row.listed, listed) };
          return countsIn(tx)
            .put(bucketId, next)
            .map(() => countOf(next));
        }),
    ),
  putOff: (bucket, dueAt) => store.run((tx) => putOff(tx, bucket, dueAt)),
  correct: ({ accountId, bucketId, step }, at, dueAt) =>
    store.run((tx) =>
      countsIn(tx)
        .get(bucketId)
        .andThen((row) => {
          if (row?.step !== step || !row.isWhole) return okAsync(undefined);
          const bucket = { accountId, bucketId };
          return sizeRow(tx, bucket)
            .andThen((size) => {
              const wrong = drift(row.listed, size, row);
              const isRight = wrong.bytes === 0 && wrong.objects === 0;
              return isRight ? okAsync(undefined) : record(tx, [{ ...bucket, at, ...wrong }]);
            })
            .andThen(() => countsIn(tx).remove(bucketId))
            .andThen(() => putOff(tx, bucket, dueAt));
        }),
    ),
});
