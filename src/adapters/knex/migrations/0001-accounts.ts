import type { Knex } from 'knex';

/** Users, accounts with their facets, memberships, API keys, sessions, one-time tokens. */
export const accounts = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table users (
      id uuid primary key,
      version integer not null,
      email text not null unique,
      email_verified_at timestamptz,
      password_hash text not null,
      first_name text,
      last_name text,
      platform_admin boolean not null default false,
      created_at timestamptz not null,
      updated_at timestamptz not null
    );

    create table accounts (
      id uuid primary key,
      version integer not null,
      kind text not null check (kind in ('platform', 'personal')),
      name text not null,
      creator_id uuid not null references users,
      data_key text,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      deleted_at timestamptz
    );
    create unique index accounts_personal on accounts (creator_id) where kind = 'personal';

    -- Each contract names an account by a number of its own kind.
    create table account_facets (
      account_id uuid not null references accounts,
      facet text not null check (facet in ('project', 'organization', 'workspace', 'store', 'personal')),
      number bigint generated always as identity unique,
      primary key (account_id, facet)
    );

    create table memberships (
      id uuid primary key,
      version integer not null,
      account_id uuid not null references accounts,
      user_id uuid references users,
      invited_email text,
      role text not null check (role in ('owner', 'admin', 'member')),
      status text not null check (status in ('invited', 'accepted', 'denied')),
      invitation_sent_at timestamptz,
      invitation_accepted_at timestamptz,
      invitation_denied_at timestamptz,
      created_at timestamptz not null,
      check (status <> 'accepted' or user_id is not null),
      check (status = 'accepted' or (invited_email is not null and invitation_sent_at is not null)),
      check (status <> 'denied' or invitation_denied_at is not null)
    );
    create unique index memberships_user on memberships (user_id, account_id) where status = 'accepted';
    create unique index memberships_invited on memberships (account_id, invited_email) where status = 'invited';
    create index memberships_account on memberships (account_id, id);
    create index memberships_of_user on memberships (user_id, id) where user_id is not null;

    create table api_keys (
      id uuid primary key,
      user_id uuid not null references users,
      name text not null,
      key_prefix text not null,
      key_hash text not null unique,
      account_id uuid references accounts,
      role_cap text check (role_cap in ('owner', 'admin', 'member')),
      scopes text[] not null,
      created_at timestamptz not null,
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz
    );
    create index api_keys_user on api_keys (user_id, id) where revoked_at is null;

    create table sessions (
      id uuid primary key,
      user_id uuid not null references users,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      revoked_at timestamptz
    );
    create index sessions_user on sessions (user_id) where revoked_at is null;
    create index sessions_expiry on sessions (expires_at);

    create table one_time_tokens (
      hash text primary key,
      purpose text not null check (purpose in ('verify_email', 'reset_password', 'invitation')),
      subject_id uuid not null,
      created_at timestamptz not null,
      expires_at timestamptz not null,
      used_at timestamptz
    );
    create index one_time_tokens_open on one_time_tokens (subject_id, purpose) where used_at is null;
    create index one_time_tokens_expiry on one_time_tokens (expires_at);

    create table public_file_systems (
      id uuid primary key,
      name text not null,
      description text not null,
      nfs_server text not null,
      nfs_path text not null,
      nfs_port integer not null,
      region text not null,
      created_at timestamptz not null
    );
    create index public_file_systems_age on public_file_systems (created_at, id);
  `);
};
