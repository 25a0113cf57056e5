import type { Knex } from 'knex';

/** Ways into buckets of the customers' own. */
export const connections = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table connections (
      id uuid primary key,
      version integer not null,
      account_id uuid not null references accounts,
      provider text not null check (provider in ('aws', 'gcp', 's3compat')),
      uri text not null,
      region text not null,
      bucket_name text not null,
      jail text not null,
      endpoint text,
      access_key_id text not null,
      project_id text,
      -- Sealed: an access key's secret, or a service account's private key.
      secret text not null,
      status text not null check (status in ('pending', 'verifying', 'verified', 'invalid', 'failed')),
      created_at timestamptz not null,
      updated_at timestamptz not null
    );
    create index connections_account on connections (account_id, id);

    -- A row here keeps its connection from being deleted. Not RESTRICT: PostgreSQL 18 reports that with a
    -- state of its own, a plain reference with foreign_key_violation in every version.
    create table connection_mounts (
      connection_id uuid not null references connections,
      file_system_id uuid not null,
      primary key (connection_id, file_system_id)
    );
  `);
};
