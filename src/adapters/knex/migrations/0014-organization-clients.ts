import type { Knex } from 'knex';

/** Clients of organizations (OAuth 2 client credentials), who may also stand in the audit trail. */
export const organizationClients = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table organization_clients (
      id uuid primary key,
      account_id uuid not null references accounts,
      name text not null,
      secret_hash text not null,
      scopes text[] not null,
      created_at timestamptz not null,
      revoked_at timestamptz
    );
    create index organization_clients_account on organization_clients (account_id, id)
      where revoked_at is null;

    alter table audit_log drop constraint audit_log_actor_kind_check;
    alter table audit_log add constraint audit_log_actor_kind_check check (actor_kind in
      ('user', 'api_key', 'organization_client', 'platform_admin', 'system', 'anonymous'));
  `);
};
