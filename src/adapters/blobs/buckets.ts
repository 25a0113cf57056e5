import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import { iso } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { ObjectStore } from '../../ports/storage/object-store.js';
import { transaction } from '../knex/kit/transaction.js';
import { BUCKET_MISSING } from './object-row.js';
import { rowsOf, type Statement } from './statement.js';

const CREATE: Statement = {
  name: 'blobs-create-bucket',
  sql: 'insert into blob_buckets (name) values (:bucket) on conflict do nothing',
};

const LOCK: Statement = {
  name: 'blobs-delete-bucket-lock',
  sql: 'select name from blob_buckets where name = :bucket for update',
};
const DELETE: Statement = {
  name: 'blobs-delete-bucket',
  sql: `
    with free as (
      select name from blob_buckets b
      where name = :bucket and not exists (select from blob_objects o where o.bucket = b.name)
    ), forgotten as (
      delete from blob_uploads u using free where u.bucket = free.name returning u.id
    ), recorded as (
      insert into blob_garbage (blob_id, since) select id, :at::timestamptz from forgotten
    ), gone as (
      delete from blob_buckets b using free where b.name = free.name
    )
    select name from free`,
};

// Locked in the order of keys, so that two deletions of the same keys cannot wait for each other.
const DELETE_MANY: Statement = {
  name: 'blobs-delete-many',
  sql: `
    with doomed as materialized (
      select key from blob_objects where bucket = :bucket and key = any(:keys::text[]) order by key for update
    ), gone as (
      delete from blob_objects o using doomed where o.bucket = :bucket and o.key = doomed.key returning o.blob_id, o.size
    ), recorded as (
      insert into blob_garbage (blob_id, since) select blob_id, :at::timestamptz from gone
    )
    select exists (select from blob_buckets where name = :bucket) as bucket, count(*)::int as objects,
      coalesce(sum(size), 0)::bigint as bytes from gone`,
};

export const createBucket =
  (db: Knex): ObjectStore['createBucket'] =>
  (bucket) =>
    rowsOf(db, CREATE, { bucket }).map(() => undefined);

/**
 * Uploads that are still open do not keep a bucket: they are forgotten with it. The lock waits for whoever adds to
 * the bucket at this moment, and those who come later find it gone; READ COMMITTED, so that what the lock waited
 * for is seen.
 */
export const deleteBucket = (db: Knex, clock: Clock): ObjectStore['deleteBucket'] => {
  const occupied = { kind: 'bucket_not_empty' } as const;
  return (bucket) =>
    transaction(
      db,
      (trx) =>
        rowsOf(trx, LOCK, { bucket }).andThen((locked) =>
          locked.length === 0
            ? okAsync(undefined)
            : rowsOf(trx, DELETE, { bucket, at: iso(clock.now()) }).andThen((gone) =>
                gone.length > 0 ? okAsync(undefined) : errAsync(occupied),
              ),
        ),
      'read committed',
    );
};

type DeletedRow = { readonly bucket: boolean; readonly objects: number; readonly bytes: bigint };

/** All or none: the rows and the record of what became garbage are one statement. */
export const deleteMany =
  (db: Knex, clock: Clock): ObjectStore['deleteMany'] =>
  (bucket, keys, freed) =>
    rowsOf<DeletedRow>(db, DELETE_MANY, { bucket, keys, at: iso(clock.now()) }).andThen(([row]) => {
      if (!row?.bucket) return errAsync(BUCKET_MISSING);
      freed?.({ bytes: Number(row.bytes), objects: row.objects });
      return okAsync([]);
    });
