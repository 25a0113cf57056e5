import type { Knex } from 'knex';

/** What every context writes beside its own rows: events, audit, jobs, idempotency, quota, limits, settings. */
export const shared = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table events (
      stream uuid not null,
      seq integer not null,
      type text not null,
      account_id uuid not null,
      data jsonb not null,
      at timestamptz not null,
      primary key (stream, seq)
    );
    create index events_account on events (account_id, at);

    create table audit_log (
      id uuid primary key,
      account_id uuid not null,
      actor_kind text not null check (actor_kind in ('user', 'api_key', 'platform_admin', 'system', 'anonymous')),
      actor_id uuid,
      action text not null,
      target text not null,
      request_id text not null,
      data jsonb,
      at timestamptz not null
    );
    create index audit_log_account on audit_log (account_id, id);
    create function refuse_change() returns trigger language plpgsql as
      $$ begin raise exception '% is append-only', tg_table_name; end $$;
    create trigger audit_log_append_only before update or delete on audit_log
      for each row execute function refuse_change();
    create trigger audit_log_keep before truncate on audit_log
      for each statement execute function refuse_change();

    create table jobs (
      id uuid primary key,
      kind text not null,
      key text unique,
      account_id uuid,
      payload jsonb not null,
      sealed text,
      run_at timestamptz not null,
      attempts integer not null default 0,
      epoch integer not null default 0,
      lease_until timestamptz,
      last_error text
    );
    create index jobs_due on jobs (run_at, id);

    create table idempotency_keys (
      scope text not null,
      key text not null,
      fingerprint text not null,
      ids jsonb not null,
      secret text,
      created_at timestamptz not null,
      primary key (scope, key)
    );
    create index idempotency_keys_age on idempotency_keys (created_at);

    create table quota_usage (
      account_id uuid not null,
      feature text not null,
      used bigint not null,
      limit_override bigint,
      primary key (account_id, feature),
      check (used >= 0)
    );

    create table rate_limits (key text primary key, points integer not null, expires_at timestamptz not null);
    create index rate_limits_expiry on rate_limits (expires_at);

    create table settings (name text primary key, value text not null);
  `);
};
