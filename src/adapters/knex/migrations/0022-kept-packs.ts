import type { Knex } from 'knex';

/** What archives of packs come to, the version of what operators set, and what packs read of one stretch of time. */
export const keptPacks = async (db: Knex): Promise<void> => {
  await db.raw(`
    alter table review_packs add column sha256 text;
    alter table workspace_settings add column version integer not null default 1 check (version > 0);
    -- Rows come in nearly in this order, so that this costs those who record nothing, and packs read a stretch of all.
    create index usage_records_used on usage_records using brin (used_at);
    create index audit_log_account_at on audit_log (account_id, at, id);
  `);
};
