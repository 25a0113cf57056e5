import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import { iso } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { ObjectStore } from '../../ports/storage/object-store.js';
import { BUCKET_MISSING } from './object-row.js';
import { FOREIGN_KEY_VIOLATION, rowsOf, rowsOr, type Statement } from './statement.js';

const CREATE: Statement = {
  name: 'blobs-create-bucket',
  sql: 'insert into blob_buckets (name) values (:bucket) on conflict do nothing',
};

const DELETE: Statement = {
  name: 'blobs-delete-bucket',
  sql: `
    with gone as (
      delete from blob_buckets
      where name = :bucket and not exists (select from blob_objects where bucket = :bucket)
    )
    select exists (select from blob_objects where bucket = :bucket) as occupied`,
};

// Locked in the order of keys, so that two deletions of the same keys cannot wait for each other.
const DELETE_MANY: Statement = {
  name: 'blobs-delete-many',
  sql: `
    with doomed as materialized (
      select key from blob_objects where bucket = :bucket and key = any(:keys::text[]) order by key for update
    ), gone as (
      delete from blob_objects o using doomed where o.bucket = :bucket and o.key = doomed.key returning o.blob_id
    ), recorded as (
      insert into blob_garbage (blob_id, since) select blob_id, :at::timestamptz from gone
    )
    select exists (select from blob_buckets where name = :bucket) as bucket`,
};

export const createBucket =
  (db: Knex): ObjectStore['createBucket'] =>
  (bucket) =>
    rowsOf(db, CREATE, { bucket }).map(() => undefined);

/** A put that commits meanwhile is met by the foreign key: one of the two is refused, no row is left without its bucket. */
export const deleteBucket = (db: Knex): ObjectStore['deleteBucket'] => {
  const occupied = { kind: 'bucket_not_empty' } as const;
  return (bucket) =>
    rowsOr<{ occupied: boolean }, typeof occupied>(
      db,
      DELETE,
      { bucket },
      FOREIGN_KEY_VIOLATION,
      occupied,
    ).andThen(([row]) => (row?.occupied ? errAsync(occupied) : okAsync(undefined)));
};

/** All or none: the rows and the record of what became garbage are one statement. */
export const deleteMany =
  (db: Knex, clock: Clock): ObjectStore['deleteMany'] =>
  (bucket, keys) =>
    rowsOf<{ bucket: boolean }>(db, DELETE_MANY, { bucket, keys, at: iso(clock.now()) }).andThen(([row]) =>
      row?.bucket ? okAsync([]) : errAsync(BUCKET_MISSING),
    );
