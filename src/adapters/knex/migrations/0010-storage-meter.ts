import type { Knex } from 'knex';

/** What managed buckets hold, hour by hour. No references: a ledger outlives what it tells of. */
export const storageMeter = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table storage_hours (
      account_id uuid not null,
      bucket_id uuid not null,
      hour timestamptz not null,
      -- The integral of bytes over milliseconds from the hour's start (of a bucket's first hour: from its first
      -- moment) to last_at. From then on the size holds until the bucket's next row begins.
      byte_ms numeric not null,
      bytes bigint not null,
      objects bigint not null,
      last_at timestamptz not null,
      primary key (bucket_id, hour)
    );
    create index storage_hours_account on storage_hours (account_id, hour);

    -- The same at this moment. Whoever writes to the rows of a bucket, here or above, holds its lock.
    create table storage_sizes (
      bucket_id uuid primary key,
      account_id uuid not null,
      bytes bigint not null default 0,
      objects bigint not null default 0,
      -- The bucket is gone: what comes late is not counted.
      ended boolean not null default false,
      -- When it is listed next; null: a day after it was made.
      count_due_at timestamptz
    );
    create index storage_sizes_account on storage_sizes (account_id) where bytes > 0;

    -- Listings under way, with what came and what left since they began.
    create table storage_counts (
      bucket_id uuid primary key,
      step integer not null default 0,
      after text collate "C",
      is_whole boolean not null default false,
      listed_bytes bigint not null default 0,
      listed_objects bigint not null default 0,
      added_bytes bigint not null default 0,
      added_objects bigint not null default 0,
      freed_bytes bigint not null default 0,
      freed_objects bigint not null default 0
    );

    -- What the version before had: told to whoever replaced it.
    alter table blob_objects add column replaced_size bigint;
  `);
};
