import type { Knex } from 'knex';

/** Room that processes have set aside for what they are about to store, beside what is counted as stored. */
export const storageAllotments = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table storage_allotments (
      account_id uuid not null,
      -- A process, named anew with each start.
      holder uuid not null,
      bytes bigint not null,
      objects bigint not null,
      renewed_at timestamptz not null,
      primary key (account_id, holder)
    )
  `);
};
