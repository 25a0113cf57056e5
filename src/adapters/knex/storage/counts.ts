import type { Knex } from 'knex';
import { ok, okAsync, safeTry } from 'neverthrow';
import * as z from 'zod';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import { drift } from '../../../domain/storage/storage-size.js';
import type { DueBucket, MeteredBucket, StorageCount, StorageCounts } from '../../../ports/storage/meter.js';
import { int8, nullable } from '../kit/rows.js';
import { alone, record, rowsOf } from './storage-ledger.js';

const DUE = `
  select b.id, b.account_id, b.bucket_name
  from buckets b left join storage_sizes s on s.bucket_id = b.id
  where b.status = 'active'
    and coalesce(s.count_due_at, b.created_at + :every * interval '1 millisecond') <= :at::timestamptz
  order by coalesce(s.count_due_at, b.created_at + :every * interval '1 millisecond'), b.id
  limit :limit`;

const PUT_OFF = `
  insert into storage_sizes (bucket_id, account_id, count_due_at) values (:bucketId, :accountId, :dueAt::timestamptz)
  on conflict (bucket_id) do update set count_due_at = excluded.count_due_at`;

const BEGIN = `
  with size as (
    insert into storage_sizes as s (bucket_id, account_id) values (:bucketId, :accountId)
    on conflict (bucket_id) do update set bytes = s.bytes returning bucket_id
  )
  insert into storage_counts as c (bucket_id) select bucket_id from size
  on conflict (bucket_id) do update set step = c.step returning *`;

const ADVANCE = `
  update storage_counts set step = step + 1, after = :after, is_whole = :isWhole,
    listed_bytes = listed_bytes + :bytes::bigint, listed_objects = listed_objects + :objects::bigint
  where bucket_id = :bucketId and step = :step and not is_whole returning *`;

const OVER =
  'delete from storage_counts where bucket_id = :bucketId and step = :step and is_whole returning *';

const Due = z.object({ id: z.string(), account_id: z.string(), bucket_name: z.string() });
const Count = z.object({
  step: z.int(),
  after: nullable(z.string()),
  is_whole: z.boolean(),
  listed_bytes: int8,
  listed_objects: int8,
  added_bytes: int8,
  added_objects: int8,
  freed_bytes: int8,
  freed_objects: int8,
});

const dueOf = (row: unknown): DueBucket => {
  const { id, account_id, bucket_name: bucketName } = Due.parse(row);
  return { bucketId: id, accountId: account_id as AccountId, bucketName };
};

const countOf = ({ accountId, bucketId }: MeteredBucket, row: unknown): StorageCount => {
  const { step, after, is_whole: isWhole, listed_bytes: bytes, listed_objects: objects } = Count.parse(row);
  return { accountId, bucketId, step, after, isWhole, listed: { bytes, objects } };
};

const turnoverOf = (row: unknown) => {
  const c = Count.parse(row);
  return {
    added: { bytes: c.added_bytes, objects: c.added_objects },
    freed: { bytes: c.freed_bytes, objects: c.freed_objects },
  };
};

/** The counts of managed buckets in PostgreSQL. */
export const knexStorageCounts = (db: Knex): StorageCounts => ({
  due: (at, every, limit) => rowsOf(db, DUE, { at: iso(at), every, limit }).map((rows) => rows.map(dueOf)),
  // One statement, whose lock on the size waits for changes that are being recorded: they came before the count.
  begin: (bucket) =>
    rowsOf(db, BEGIN, { bucketId: bucket.bucketId, accountId: bucket.accountId }).map(([row]) =>
      countOf(bucket, row),
    ),
  advance: (count, { listed, after }) =>
    rowsOf(db, ADVANCE, {
      bucketId: count.bucketId,
      step: count.step,
      after: after ?? null,
      isWhole: after === undefined,
      ...listed,
    }).map(([row]) => (row === undefined ? undefined : countOf(count, row))),
  putOff: ({ bucketId, accountId }, dueAt) =>
    rowsOf(db, PUT_OFF, { bucketId, accountId, dueAt: iso(dueAt) }).map(() => undefined),
  correct: (count, at, dueAt) =>
    alone(db, count, (trx, size) =>
      safeTry(async function* () {
        const { accountId, bucketId, step, listed } = count;
        const [over] = yield* rowsOf(trx, OVER, { bucketId, step });
        if (over === undefined) return okAsync(undefined);
        const wrong = drift(listed, size, turnoverOf(over));
        if (wrong.bytes !== 0 || wrong.objects !== 0)
          yield* record(trx, [{ accountId, bucketId, at, ...wrong }]);
        yield* rowsOf(trx, PUT_OFF, { bucketId, accountId, dueAt: iso(dueAt) });
        return ok(undefined);
      }),
    ),
});
