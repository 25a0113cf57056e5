import type { Knex } from 'knex';
import * as z from 'zod';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { ObjectKey } from '../../../domain/storage/object-key.js';
import type { JournaledUpload, OpenUploads, UploadOwner } from '../../../ports/storage/open-uploads.js';
import { query } from '../kit/query.js';
import { timestamptz } from '../kit/rows.js';

const Row = z.object({
  id: z.string(),
  account_id: z.string().nullable(),
  connection_id: z.string().nullable(),
  bucket: z.string(),
  key: z.string(),
  upload_id: z.string(),
  begun_at: timestamptz,
});

const ownerOf = (account: string | null, connection: string | null): UploadOwner =>
  account === null || connection === null
    ? { kind: 'managed' }
    : { kind: 'connection', accountId: account as AccountId, connectionId: connection };

const fromRow = (row: unknown): JournaledUpload => {
  const r = Row.parse(row);
  return {
    id: r.id,
    owner: ownerOf(r.account_id, r.connection_id),
    bucket: r.bucket,
    key: r.key as ObjectKey,
    uploadId: r.upload_id,
    begunAt: r.begun_at,
  };
};

/** The journal of open uploads, each call one statement. */
export const knexOpenUploads = (db: Knex): OpenUploads => ({
  begin: ({ id, owner, bucket, key, uploadId, begunAt }, dueAt) =>
    query(() =>
      db('open_uploads').insert({
        id,
        account_id: owner.kind === 'connection' ? owner.accountId : null,
        connection_id: owner.kind === 'connection' ? owner.connectionId : null,
        bucket,
        key,
        upload_id: uploadId,
        begun_at: iso(begunAt),
        due_at: iso(dueAt),
      }),
    ).map(() => undefined),
  renew: (ids, dueAt) =>
    query(() =>
      db.raw('update open_uploads set due_at = :dueAt where id = any(:ids) and due_at < :dueAt', {
        ids: [...ids],
        dueAt: iso(dueAt),
      }),
    ).map(() => undefined),
  end: (id) => query(() => db('open_uploads').where({ id }).delete()).map(() => undefined),
  claim: (at, again, limit) =>
    query(() =>
      db.raw<{ readonly rows: readonly unknown[] }>(
        `with due as (
           select id, due_at as was from open_uploads
           where due_at <= :at order by due_at, id limit :limit for update skip locked
         ), claimed as (
           update open_uploads set due_at = :again from due where open_uploads.id = due.id
           returning open_uploads.*, due.was
         )
         select * from claimed order by was, id`,
        { at: iso(at), again: iso(again), limit },
      ),
    ).map(({ rows }) => rows.map(fromRow)),
  ofConnection: (account, connectionId, limit) =>
    query(() =>
      db('open_uploads')
        .where({ account_id: account, connection_id: connectionId })
        .orderBy(['begun_at', 'id'])
        .limit(limit),
    ).map((rows) => rows.map(fromRow)),
});
