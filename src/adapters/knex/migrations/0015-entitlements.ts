import type { Knex } from 'knex';

/** What accounts may have and what they have used of it, counted as it is written. */
export const entitlements = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table features (
      id uuid primary key,
      version integer not null check (version > 0),
      key text collate "C" not null unique check (key <> ''),
      name text not null unique check (name <> ''),
      kind text not null check (kind in ('boolean', 'metered', 'static')),
      unit text check (unit <> ''),
      highlight boolean not null,
      held boolean not null default false,
      -- Raised by whoever comes to have the feature: who changes what it is at that moment begins again.
      epoch integer not null default 0,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      check (not held or kind = 'metered')
    );
    insert into features (id, version, key, name, kind, unit, highlight, held, created_at, updated_at)
    select ('00000000-0000-7000-8000-0000000001' || lpad(n::text, 2, '0'))::uuid, 1, key, name, kind, unit, false, held,
           timestamptz '2026-01-01T00:00:00Z', timestamptz '2026-01-01T00:00:00Z'
      from (values
        (1, 'buckets', 'Buckets', 'metered', null, true),
        (2, 'connections', 'Connections', 'metered', null, true),
        (3, 'members', 'Members', 'metered', null, true),
        (4, 'file_systems', 'File systems', 'metered', null, true),
        (5, 'gateways', 'Gateways', 'metered', null, true),
        (6, 'running_file_systems', 'Running file systems', 'metered', null, true),
        (7, 'api_keys', 'API keys', 'metered', null, true),
        (8, 'storage_bytes', 'Storage bytes', 'metered', 'bytes', true),
        (9, 'objects', 'Objects', 'metered', null, true),
        (10, 'paid_instances', 'Paid instances', 'boolean', null, false),
        (11, 'tokens_issued', 'Tokens issued', 'metered', null, false),
        (12, 'credentials_generated', 'Credentials generated', 'metered', null, false),
        (13, 'agents_registered', 'Agents registered', 'metered', null, false),
        (14, 'api_calls', 'API calls', 'metered', null, false),
        (15, 'files', 'Files', 'metered', null, false),
        (16, 'file_size_mb', 'File size MB', 'static', 'MB', false),
        (17, 'ai_prompts', 'AI prompts', 'metered', null, false),
        (18, 'ai_tokens', 'AI tokens', 'metered', null, false),
        (19, 'synthetic_rows', 'Synthetic rows', 'metered', null, false)
      ) as built_in (n, key, name, kind, unit, held);

    create table plan_features (
      id uuid primary key,
      version integer not null check (version > 0),
      seller_id uuid not null,
      plan_id uuid not null,
      feature_id uuid not null references features,
      granted boolean,
      usage_limit bigint check (usage_limit >= 0),
      window_kind text not null check (window_kind in ('day', 'month', 'billing_period', 'lifetime')),
      soft boolean not null,
      warn_percent integer not null check (warn_percent between 1 and 100),
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (seller_id, plan_id, feature_id),
      foreign key (seller_id, plan_id) references plans (seller_id, id)
    );
    create index plan_features_feature on plan_features (feature_id);

    create table entitlement_overrides (
      account_id uuid not null references accounts,
      feature_id uuid not null references features,
      version integer not null check (version > 0),
      granted boolean,
      usage_limit bigint check (usage_limit >= 0),
      window_kind text not null check (window_kind in ('day', 'month', 'billing_period', 'lifetime')),
      soft boolean not null,
      warn_percent integer not null check (warn_percent between 1 and 100),
      reason text not null check (reason <> ''),
      ends_at timestamptz,
      created_at timestamptz not null,
      primary key (account_id, feature_id)
    );
    create index entitlement_overrides_feature on entitlement_overrides (feature_id);

    -- No references: a ledger outlives what it tells of.
    create table usage_records (
      id uuid primary key,
      account_id uuid not null,
      feature_id uuid not null,
      key text collate "C" not null check (key <> ''),
      value bigint not null check (value <> 0),
      used_at timestamptz not null,
      recorded_at timestamptz not null,
      corrects uuid,
      unique (account_id, key)
    );
    create index usage_records_account on usage_records (account_id, id);
    create index usage_records_feature on usage_records (account_id, feature_id, id);
    create index usage_records_corrects on usage_records (corrects, id) where corrects is not null;

    -- What the records of a window add up to, and what is set aside in it. The lifetime's row is the lock on all
    -- windows of its account's feature: whoever writes to one of them has written to it, or locked it, before.
    create table usage_counters (
      account_id uuid not null,
      feature_id uuid not null,
      window_kind text collate "C" not null
        check (window_kind in ('day', 'month', 'billing_period', 'lifetime')),
      window_start timestamptz not null,
      used numeric not null default 0,
      reserved numeric not null default 0 check (reserved >= 0),
      primary key (account_id, window_kind, window_start, feature_id)
    ) with (fillfactor = 80);
    create index usage_counters_feature on usage_counters (feature_id) where window_kind = 'lifetime';

    -- The starts of the windows that it is set aside in, beside the lifetime.
    create table usage_reservations (
      id uuid not null,
      account_id uuid not null,
      feature_id uuid not null,
      amount bigint not null check (amount > 0),
      state text not null check (state in ('held', 'confirmed', 'released', 'expired')),
      reserved_at timestamptz not null,
      expires_at timestamptz not null,
      day timestamptz not null,
      month timestamptz not null,
      billing_period timestamptz,
      primary key (account_id, id),
      check (expires_at > reserved_at)
    );
    create index usage_reservations_held on usage_reservations (account_id, feature_id, expires_at)
      where state = 'held';
    create index usage_reservations_due on usage_reservations (expires_at, id) where state = 'held';

    create table usage_crossings (
      account_id uuid not null,
      feature_id uuid not null,
      window_start timestamptz not null,
      percent integer not null check (percent > 0),
      at timestamptz not null,
      primary key (account_id, feature_id, window_start, percent)
    );

    create table workspace_subscriptions (
      account_id uuid primary key references accounts,
      version integer not null check (version > 0),
      state text not null check (state in ('trial', 'active', 'past_due', 'cancel_at_period_end', 'ended')),
      billing_reference text,
      status_reason text not null,
      trial_ends_at timestamptz,
      period_starts_at timestamptz,
      period_ends_at timestamptz,
      since timestamptz not null,
      changed_at timestamptz not null,
      changed_by text not null
    );
    create table workspace_settings (
      account_id uuid primary key references accounts,
      state text not null check (state in ('trial', 'active_paid', 'grace', 'suspended_read_only')),
      reason text not null,
      changed_at timestamptz not null,
      changed_by text not null
    );

    -- Where from, without a person: an address cut to its network.
    alter table audit_log add column network text;

    -- What an account stores, in bytes and in objects, from one index; who asks for bytes alone finds it there too.
    create index storage_sizes_held on storage_sizes (account_id) where bytes > 0 or objects > 0;
    drop index storage_sizes_account;

    -- Plans said what they include in words of their own. Tokens of a language model are counted, and not limited.
    insert into plan_features (id, version, seller_id, plan_id, feature_id, usage_limit, window_kind, soft,
        warn_percent, created_at, updated_at)
    select gen_random_uuid(), 1, p.seller_id, p.id, f.id, (p.traits ->> told.trait)::numeric, told.window_kind, false,
           80, p.created_at, p.updated_at
      from plans p
     cross join (values
        ('file_limit', 'files', 'lifetime'),
        ('file_size_limit_mb', 'file_size_mb', 'lifetime'),
        ('ai_prompts_per_day', 'ai_prompts', 'day'),
        (null, 'ai_tokens', 'day'),
        ('synthetic_rows_per_month', 'synthetic_rows', 'month')
      ) as told (trait, feature, window_kind)
      join features f on f.key = told.feature
     where p.catalogue = 'datilio' and (told.trait is null or p.traits ->> told.trait ~ '^[0-9]{1,18}$');
  `);
};
