import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { instant } from '../../domain/shared/time.js';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import type { BucketMissing, ObjectMeta } from '../../ports/storage/object-store.js';
import { rowsOf, type Statement } from './statement.js';

export type ObjectRow = {
  readonly key: string;
  readonly blob_id: string;
  readonly size: bigint;
  readonly content_type: string | null;
  readonly modified_at: Date;
};
/** A bucket beside one of its objects, or beside nothing. */
export type BucketRow<Row> = Row | { readonly [Column in keyof Row]: null };

/** The blob's uuid is the etag: new with every write, and its dashes tell clients that it is no MD5. */
export const metaOf = (row: ObjectRow): ObjectMeta => ({
  key: row.key as ObjectKey,
  size: Number(row.size),
  etag: row.blob_id,
  modifiedAt: instant(row.modified_at.getTime()),
  contentType: row.content_type ?? undefined,
});

export const BUCKET_MISSING: BucketMissing = { kind: 'bucket_missing' };

const FIND: Statement = {
  name: 'blobs-find',
  sql: `
    select o.key, o.blob_id, o.size, o.content_type, o.modified_at
    from blob_buckets b left join blob_objects o on o.bucket = b.name and o.key = :key
    where b.name = :bucket`,
};

/** What the bucket holds under a key at this moment. */
export const findObject = (
  db: Knex,
  bucket: string,
  key: ObjectKey,
): ResultAsync<ObjectMeta, BucketMissing | NotFound | Unavailable> =>
  rowsOf<BucketRow<ObjectRow>>(db, FIND, { bucket, key }).andThen(([row]) => {
    if (!row) return errAsync(BUCKET_MISSING);
    return row.key === null ? errAsync(NOT_FOUND) : okAsync(metaOf(row));
  });
