import type { Knex } from 'knex';

/** Managed buckets; where their bytes live is the object store's own affair. */
export const storage = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table buckets (
      id uuid primary key,
      version integer not null,
      account_id uuid not null references accounts,
      name text not null,
      bucket_name text not null unique,
      region text not null,
      access_key_id text not null unique,
      secret_access_key text not null,
      status text not null check (status in ('pending', 'active', 'failed', 'deleting', 'deleted')),
      created_at timestamptz not null,
      updated_at timestamptz not null
    );
    create unique index buckets_name on buckets (account_id, name) where status <> 'deleted';
    create index buckets_account on buckets (account_id, id) where status <> 'deleted';
  `);
};
