import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import { pageOf } from '../../../domain/shared/page.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { StorageReaders } from '../../../ports/storage/unit-of-work.js';
import { keyset } from '../kit/keyset.js';
import { query } from '../kit/query.js';
import { bucketOf, livingIn, secretOf } from './buckets.js';
import { connectionOf, connectionSecretOf, connectionsIn, connectionWithKeyOf } from './connections.js';
import { knexLinkStanding } from './links.js';

/** Committed buckets and connections, of one account unless a key tells of which. */
export const knexStorageReaders = (db: Knex): StorageReaders => ({
  bucket: (account, id) =>
    query(() => livingIn(db, account).where({ id }).first()).andThen((row) =>
      row === undefined
        ? errAsync<never, NotFound>(NOT_FOUND)
        : okAsync({ bucket: bucketOf(row), secret: secretOf(row) }),
    ),
  bucketByAccessKey: (accessKeyId) =>
    query(() =>
      db('buckets')
        .join('accounts', 'accounts.id', 'buckets.account_id')
        .where({ access_key_id: accessKeyId })
        .whereNot({ status: 'deleted' })
        .whereNull('accounts.deleted_at')
        .first('buckets.*'),
    ).andThen((row) =>
      row === undefined
        ? errAsync<never, NotFound>(NOT_FOUND)
        : okAsync({ bucket: bucketOf(row), secret: secretOf(row) }),
    ),
  bucketIn: (resource) => resource && bucketOf(resource),
  bucketsOf: (account, page) =>
    query(() => livingIn(db, account).modify(keyset('id', page))).map((rows: unknown[]) =>
      pageOf(rows.map(bucketOf), page.size, ({ id }) => id),
    ),
  connection: (account, id) =>
    query(() => connectionsIn(db, account).where({ id }).first()).andThen((row) =>
      row === undefined
        ? errAsync<never, NotFound>(NOT_FOUND)
        : okAsync({ connection: connectionOf(row), secret: connectionSecretOf(row) }),
    ),
  connectionWithKey: (account, id) =>
    query(() =>
      connectionsIn(db, account)
        .join('accounts', 'accounts.id', 'connections.account_id')
        .where({ 'connections.id': id })
        .whereNotNull('data_key')
        .first('connections.*', 'data_key'),
    ).andThen((row) =>
      row === undefined ? errAsync<never, NotFound>(NOT_FOUND) : okAsync(connectionWithKeyOf(row)),
    ),
  connectionsOf: (account, page) =>
    query(() => connectionsIn(db, account).modify(keyset('id', page))).map((rows: unknown[]) =>
      pageOf(rows.map(connectionOf), page.size, ({ id }) => id),
    ),
  linkStanding: knexLinkStanding(db),
});
