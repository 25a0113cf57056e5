import type { Knex } from 'knex';

/** File systems, the gateways that serve them, and the hours they ran. */
export const fleet = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table gateways (
      id uuid primary key,
      version integer not null,
      account_id uuid not null references accounts,
      provider text not null check (provider in ('aws', 'gcp', 'local')),
      region text not null,
      type text not null,
      auto boolean not null,
      desired text not null check (desired in ('running', 'stopped')),
      status text not null
        check (status in ('pending', 'running', 'scaling', 'terminating', 'stopped', 'failed')),
      phase text not null,
      reason text,
      provision_token text,
      ref text,
      host_id text,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      -- The reconciler's. Who holds a row does so until lease_until, when it is due again; woken_at: since then.
      due_at timestamptz not null,
      attempts integer not null default 0,
      epoch integer not null default 0,
      lease_until timestamptz,
      woken_at timestamptz,
      seen_at timestamptz
    );
    create index gateways_account on gateways (account_id, id) where phase <> 'deleted';
    create index gateways_due on gateways (provider, coalesce(host_id, ''), due_at, id) where phase <> 'deleted';
    create index gateways_token on gateways (provision_token) where provision_token is not null;

    create table file_systems (
      id uuid primary key,
      version integer not null,
      account_id uuid not null references accounts,
      -- No reference: a connection that was mounted goes, and the tombstone still names it.
      source_kind text not null check (source_kind in ('bucket', 'connection')),
      source_id uuid not null,
      region text not null,
      instance_type text not null,
      preload boolean not null,
      desired text not null check (desired in ('running', 'stopped')),
      status text not null
        check (status in ('pending', 'running', 'scaling', 'terminating', 'stopped', 'failed')),
      phase text not null,
      reason text,
      gateway_id uuid references gateways,
      served jsonb,
      flushes_asked integer not null,
      flushes_done integer not null,
      -- Sealed: the password of its WebDAV door.
      secret text not null,
      created_at timestamptz not null,
      updated_at timestamptz not null
    );
    create index file_systems_account on file_systems (account_id, id) where phase <> 'deleted';
    create index file_systems_all on file_systems (id) where phase <> 'deleted';
    create index file_systems_gateway on file_systems (gateway_id, created_at, id) where phase <> 'deleted';

    -- A row here keeps its bucket from being deleted. Buckets leave tombstones, so the reference alone would not:
    -- whoever adds a row also raises mount_epoch, and a deletion at the same moment is a serialization conflict.
    create table bucket_mounts (
      bucket_id uuid not null references buckets,
      file_system_id uuid not null,
      primary key (bucket_id, file_system_id)
    );
    alter table buckets add column mount_epoch integer not null default 0;

    -- No references: a ledger outlives what it tells of.
    create table file_system_intervals (
      id uuid primary key,
      account_id uuid not null,
      file_system_id uuid not null,
      label text not null,
      micros_per_hour bigint not null check (micros_per_hour >= 0),
      currency text not null,
      started_at timestamptz not null,
      ended_at timestamptz,
      check (ended_at >= started_at)
    );
    create unique index file_system_intervals_open on file_system_intervals (file_system_id) where ended_at is null;
    create index file_system_intervals_ended on file_system_intervals (file_system_id, ended_at);
    create index file_system_intervals_account on file_system_intervals (account_id, started_at);
  `);
};
