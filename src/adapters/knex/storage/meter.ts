import type { Knex } from 'knex';
import { okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { difference } from '../../../domain/storage/storage-size.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { StorageChange, StorageMeter } from '../../../ports/storage/meter.js';
import { int8 } from '../kit/rows.js';
import { transaction } from '../kit/transaction.js';
import { spend, USED } from './allotments.js';
import { alone, type Move, record, rowsOf } from './storage-ledger.js';

const TURNOVER = `
  update storage_counts c set
    added_bytes = c.added_bytes + g.added_bytes, added_objects = c.added_objects + g.added_objects,
    freed_bytes = c.freed_bytes + g.freed_bytes, freed_objects = c.freed_objects + g.freed_objects
  from (
    select bucket, sum(added_bytes)::bigint as added_bytes, sum(added_objects)::bigint as added_objects,
      sum(freed_bytes)::bigint as freed_bytes, sum(freed_objects)::bigint as freed_objects
    from unnest(:buckets::uuid[], :addedBytes::bigint[], :addedObjects::bigint[], :freedBytes::bigint[],
      :freedObjects::bigint[]) as given (bucket, added_bytes, added_objects, freed_bytes, freed_objects)
    group by bucket
  ) g
  where c.bucket_id = g.bucket`;

const END = 'update storage_sizes set ended = true where bucket_id = :bucketId';

const moveOf = ({ accountId, bucketId, at, added, freed }: StorageChange): Move => ({
  accountId,
  bucketId,
  at,
  ...difference(added, freed),
});

const turnover = (trx: Knex, changes: readonly StorageChange[]): ResultAsync<unknown, Unavailable> =>
  rowsOf(trx, TURNOVER, {
    buckets: changes.map(({ bucketId }) => bucketId),
    addedBytes: changes.map(({ added }) => added.bytes),
    addedObjects: changes.map(({ added }) => added.objects),
    freedBytes: changes.map(({ freed }) => freed.bytes),
    freedObjects: changes.map(({ freed }) => freed.objects),
  });

const Size = z.object({ bucket_id: z.string(), bytes: int8, objects: int8 });
const Used = z.object({ bytes: int8, objects: int8 });

/** The ledger of storage in PostgreSQL. */
export const knexStorageMeter = (db: Knex): StorageMeter => ({
  add: (changes, spent) =>
    changes.length === 0
      ? okAsync(undefined)
      : transaction(
          db,
          (trx) =>
            record(trx, changes.map(moveOf))
              .andThen(() => turnover(trx, changes))
              .andThen(() => spend(trx, spent))
              .map(() => undefined),
          'read committed',
        ),
  end: (bucket, at) =>
    alone(db, bucket, (trx, { bytes, objects }) => {
      const { bucketId } = bucket;
      const all = [{ ...bucket, at, bytes: -bytes, objects: -objects }];
      return (bytes === 0 && objects === 0 ? okAsync(undefined) : record(trx, all))
        .andThen(() => rowsOf(trx, END, { bucketId }))
        .andThen(() => rowsOf(trx, 'delete from storage_counts where bucket_id = :bucketId', { bucketId }))
        .map(() => undefined);
    }),
  usedBy: (account) => rowsOf(db, USED, { account }).map(([row]) => Used.parse(row)),
  sizesOf: (account) =>
    rowsOf(
      db,
      `select bucket_id, bytes, objects from storage_sizes
       where account_id = :account and not ended order by bucket_id`,
      { account },
    ).map((rows) =>
      rows.map((row) => {
        const { bucket_id: bucketId, bytes, objects } = Size.parse(row);
        return { bucketId, bytes: Math.max(bytes, 0), objects: Math.max(objects, 0) };
      }),
    ),
});
