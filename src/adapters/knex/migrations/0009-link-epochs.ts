import type { Knex } from 'knex';

/** How often all presigned links of a bucket or a connection were revoked. */
export const linkEpochs = async (db: Knex): Promise<void> => {
  await db.raw(`
    alter table buckets add column link_epoch integer not null default 0;
    alter table connections add column link_epoch integer not null default 0;
  `);
};
