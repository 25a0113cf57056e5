import { okAsync } from 'neverthrow';
import { difference, NOTHING, sum } from '../../../domain/storage/storage-size.js';
import type { StorageChange, StorageMeter } from '../../../ports/storage/meter.js';
import type { MemoryStore } from '../kit/store.js';
import { spend } from './allotments.js';
import { TABLES } from './rows.js';
import { countsIn, inTurn, type Move, record, type SizeRow, sizeRow, sizesIn } from './storage-ledger.js';

const moveOf = ({ accountId, bucketId, at, added, freed }: StorageChange): Move => ({
  accountId,
  bucketId,
  at,
  ...difference(added, freed),
});

/** The ledger of storage on a memory store. */
export const memoryStorageMeter = (store: MemoryStore): StorageMeter => {
  const sizes = store.read<SizeRow>(TABLES.storageSizes);
  return {
    add: (changes, spent) =>
      store.run((tx) =>
        record(tx, changes.map(moveOf))
          .andThen(() => spend(tx, spent))
          .andThen(() =>
            inTurn(changes, ({ bucketId, added, freed }) =>
              countsIn(tx)
                .get(bucketId)
                .andThen((row) =>
                  row === undefined
                    ? okAsync(undefined)
                    : countsIn(tx).put(bucketId, {
                        ...row,
                        added: sum(row.added, added),
                        freed: sum(row.freed, freed),
                      }),
                ),
            ),
          ),
      ),
    end: (bucket, at) =>
      store.run((tx) =>
        sizeRow(tx, bucket)
          .andThen(({ bytes, objects }) =>
            bytes === 0 && objects === 0
              ? okAsync(undefined)
              : record(tx, [{ ...bucket, at, bytes: -bytes, objects: -objects }]),
          )
          .andThen(() => sizeRow(tx, bucket))
          .andThen((row) => sizesIn(tx).put(row.bucketId, { ...row, ended: true }))
          .andThen(() => countsIn(tx).remove(bucket.bucketId)),
      ),
    usedBy: (account) =>
      sizes.all().map((rows) =>
        rows
          .filter(({ accountId }) => accountId === account)
          .map(({ bytes, objects }) => ({ bytes: Math.max(bytes, 0), objects: Math.max(objects, 0) }))
          .reduce(sum, NOTHING),
      ),
    sizesOf: (account) =>
      sizes.all().map((rows) =>
        rows
          .filter(({ accountId, ended }) => accountId === account && !ended)
          .map(({ bucketId, bytes, objects }) => ({
            bucketId,
            bytes: Math.max(bytes, 0),
            objects: Math.max(objects, 0),
          }))
          .sort((a, b) => (a.bucketId < b.bucketId ? -1 : 1)),
      ),
  };
};
