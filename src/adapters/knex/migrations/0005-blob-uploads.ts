import type { Knex } from 'knex';

/** Objects of the embedded store that arrive in parts, and what senders write beside the content. */
export const blobUploads = async (db: Knex): Promise<void> => {
  await db.raw(`
    alter table blob_objects
      add column metadata jsonb,
      -- A file named by blob_id, the row of blob_bytes of that id, or the segments whose upload it is.
      add column bytes_in text not null default 'file' check (bytes_in in ('file', 'row', 'segments')),
      -- Null for a segmented object: its segments have theirs.
      alter column crc32 drop not null;

    -- What is so small that a file of its own costs more than its bytes. Beside the objects, so that lists stay
    -- narrow; never compressed, for it is what it is when it comes.
    create table blob_bytes (blob_id uuid primary key, bytes bytea not null);
    alter table blob_bytes alter column bytes set storage external;

    -- Uploads that have begun and not ended. The id becomes the blob_id of the object they make.
    create table blob_uploads (
      id uuid primary key,
      bucket text not null references blob_buckets,
      key text collate "C" not null,
      content_type text,
      metadata jsonb,
      started_at timestamptz not null
    );
    create index blob_uploads_order on blob_uploads (bucket, key, id);
    create index blob_uploads_age on blob_uploads (started_at);

    -- Parts of open uploads, then segments of objects, then of garbage: blob_garbage names the upload, and
    -- however many segments it has, they are worked off in batches. No reference: they outlive their upload.
    create table blob_segments (
      upload uuid not null,
      number integer not null check (number between 1 and 10000),
      -- Names the file and is the part's etag.
      blob_id uuid not null unique,
      replaced uuid,
      size bigint not null,
      crc32 text not null,
      modified_at timestamptz not null,
      -- Where in the object it begins; known when the upload is completed.
      first bigint,
      primary key (upload, number)
    ) with (fillfactor = 80);

    -- Whoever reads an object of many segments keeps them from being swept until it is through.
    create table blob_readers (id uuid primary key, blob_id uuid not null, lease_until timestamptz not null);
    create index blob_readers_blob on blob_readers (blob_id);
  `);
};
