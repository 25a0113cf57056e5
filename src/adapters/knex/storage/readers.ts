import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import { pageOf } from '../../../domain/shared/page.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { StorageReaders } from '../../../ports/storage/unit-of-work.js';
import { keyset } from '../kit/keyset.js';
import { query } from '../kit/query.js';
import { bucketOf, livingIn, secretOf } from './buckets.js';

/** Committed buckets, always of one account. */
export const knexStorageReaders = (db: Knex): StorageReaders => ({
  bucket: (account, id) =>
    query(() => livingIn(db, account).where({ id }).first()).andThen((row) =>
      row === undefined
        ? errAsync<never, NotFound>(NOT_FOUND)
        : okAsync({ bucket: bucketOf(row), secret: secretOf(row) }),
    ),
  bucketsOf: (account, page) =>
    query(() => livingIn(db, account).modify(keyset('id', page))).map((rows: unknown[]) =>
      pageOf(rows.map(bucketOf), page.size, ({ id }) => id),
    ),
});
