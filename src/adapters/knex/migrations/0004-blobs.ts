import type { Knex } from 'knex';

/** The embedded object store: names here, bytes in files named by uuid. */
export const blobs = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table blob_buckets (name text primary key);

    create table blob_objects (
      bucket text not null references blob_buckets,
      key text collate "C" not null,
      -- Names the file and is the etag: every write has a new one.
      blob_id uuid not null unique,
      -- What the last overwrite put out of use: RETURNING shows new values only (before PostgreSQL 18),
      -- and the statement that overwrites must know what it made garbage.
      replaced uuid,
      size bigint not null,
      content_type text,
      crc32 text not null,
      modified_at timestamptz not null,
      primary key (bucket, key)
    );

    -- Blobs no row names any more, until their file is gone.
    create table blob_garbage (blob_id uuid primary key, since timestamptz not null);
    create index blob_garbage_age on blob_garbage (since);

    -- A process that writes blobs holds a lease on its temporary directory; without the row it cannot commit.
    create table blob_writers (id uuid primary key, host text not null, lease_until timestamptz not null);
  `);
};
