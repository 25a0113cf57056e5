import type { Knex } from 'knex';

/** Who tells us of payments may stand in the audit trail. */
export const webhookActors = async (db: Knex): Promise<void> => {
  await db.raw(`
    alter table audit_log drop constraint audit_log_actor_kind_check;
    alter table audit_log add constraint audit_log_actor_kind_check check (actor_kind in
      ('user', 'api_key', 'organization_client', 'platform_admin', 'system', 'webhook', 'anonymous'));
  `);
};
