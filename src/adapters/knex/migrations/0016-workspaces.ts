import type { Knex } from 'knex';

/** Who looks after workspaces, the first steps in them, reviews, and packs with the runs that make them. */
export const workspaces = async (db: Knex): Promise<void> => {
  await db.raw(`
    insert into features (id, version, key, name, kind, highlight, held, created_at, updated_at)
    values
      ('00000000-0000-7000-8000-000000000120', 1, 'onboarding', 'Onboarding', 'boolean', false, false,
        timestamptz '2026-01-01T00:00:00Z', timestamptz '2026-01-01T00:00:00Z'),
      ('00000000-0000-7000-8000-000000000121', 1, 'review_packs', 'Review packs', 'boolean', false, false,
        timestamptz '2026-01-01T00:00:00Z', timestamptz '2026-01-01T00:00:00Z');

    -- May look at all workspaces and change none; a platform admin may do both.
    alter table users add column platform_viewer boolean not null default false;
    -- The workspace that its user has chosen.
    alter table sessions add column workspace_id uuid references accounts;

    create table onboarding_drafts (
      id uuid primary key,
      number bigint generated always as identity unique,
      version integer not null check (version > 0),
      account_id uuid not null unique references accounts,
      created_at timestamptz not null,
      completed_at timestamptz,
      completed_by uuid references users,
      check ((completed_at is null) = (completed_by is null))
    );
    insert into onboarding_drafts (id, version, account_id, created_at)
    select gen_random_uuid(), 1, id, created_at from accounts where kind = 'platform' order by id;

    create table tenant_reviews (
      id uuid primary key,
      number bigint generated always as identity unique,
      account_id uuid not null references accounts,
      title text not null check (title <> ''),
      note text,
      period_from timestamptz not null,
      period_to timestamptz not null,
      created_at timestamptz not null,
      created_by uuid not null references users,
      check (period_to > period_from)
    );
    create index tenant_reviews_account on tenant_reviews (account_id, id);

    create table review_packs (
      id uuid primary key,
      number bigint generated always as identity unique,
      version integer not null check (version > 0),
      account_id uuid not null references accounts,
      kind text not null check (kind in ('review', 'executive')),
      review_number bigint references tenant_reviews (number),
      subject text not null,
      format text not null check (format in ('csv', 'json')),
      period_from timestamptz not null,
      period_to timestamptz not null,
      asked_from timestamptz,
      asked_to timestamptz,
      notes jsonb not null,
      fingerprint text not null,
      status text not null check (status in ('queued', 'running', 'ready', 'failed')),
      requested_at timestamptz not null,
      requested_by uuid not null references users,
      updated_at timestamptz not null,
      bucket_id uuid,
      object_key text,
      size bigint,
      failure text,
      check (period_to > period_from),
      check ((kind = 'executive') = (review_number is not null)),
      check ((status = 'ready') = (bucket_id is not null and object_key is not null and size is not null)),
      check ((status = 'failed') = (failure is not null))
    );
    create index review_packs_account on review_packs (account_id, id);
    create unique index review_packs_under_way on review_packs (account_id, subject)
      where status in ('queued', 'running');
    create index review_packs_made on review_packs (account_id, subject, fingerprint, id)
      where status = 'ready';

    create table operation_runs (
      id uuid primary key,
      number bigint generated always as identity unique,
      version integer not null check (version > 0),
      account_id uuid not null references accounts,
      operation text not null
        check (operation in ('review_pack.generate', 'review_pack.export', 'review_pack.regenerate')),
      pack_id uuid not null unique references review_packs,
      status text not null check (status in ('queued', 'running', 'succeeded', 'failed')),
      queued_at timestamptz not null,
      started_at timestamptz,
      ended_at timestamptz
    );
  `);
};
