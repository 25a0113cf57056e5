import type { Knex } from 'knex';

/** Multipart uploads that foreign stores hold open for us. */
export const openUploads = async (db: Knex): Promise<void> => {
  await db.raw(`
    create table open_uploads (
      id uuid primary key,
      -- Both are null in the operator's own store. No references: a row must be there before the first part
      -- whatever else happens, and outlive what it was for.
      account_id uuid,
      connection_id uuid,
      bucket text not null,
      key text not null,
      upload_id text not null,
      begun_at timestamptz not null,
      -- From then on its process cannot still be writing it. Put off by that process, and by each attempt to abort it.
      due_at timestamptz not null,
      check ((account_id is null) = (connection_id is null))
    );
    create index open_uploads_due on open_uploads (due_at);
  `);
};
