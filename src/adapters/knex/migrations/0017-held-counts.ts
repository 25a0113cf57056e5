import type { Knex } from 'knex';

/** API keys and running file systems count from here on, and limits of single accounts are overrides. */
export const heldCounts = async (db: Knex): Promise<void> => {
  await db.raw(`
    -- In whose quota the key counts; null: revoked, expired, or made before keys were counted.
    alter table api_keys add column counted_in uuid;
    update api_keys k
       set counted_in = coalesce(k.account_id, (select a.id from accounts a
             where a.creator_id = k.user_id and a.kind = 'personal'))
     where k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
    create index api_keys_counted on api_keys (counted_in, expires_at) where counted_in is not null;
    create index api_keys_expiry on api_keys (expires_at) where counted_in is not null;

    insert into quota_usage (account_id, feature, used)
    select counted_in, 'api_keys', count(*) from api_keys where counted_in is not null group by counted_in
    union all
    select account_id, 'running_file_systems', count(*) from file_systems
     where desired = 'running' and phase <> 'deleted' group by account_id;

    -- The column stays for processes of the version before; nobody else reads it any more.
    insert into entitlement_overrides (account_id, feature_id, version, usage_limit, window_kind, soft,
        warn_percent, reason, created_at)
    select q.account_id, f.id, 1, q.limit_override, 'lifetime', false, 80, 'set in quota_usage', now()
      from quota_usage q
      join features f on f.key = q.feature
      join accounts a on a.id = q.account_id
     where q.limit_override >= 0;
  `);
};
