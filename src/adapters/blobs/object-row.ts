import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { instant } from '../../domain/shared/time.js';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import type { BucketMissing, Metadata, ObjectMeta } from '../../ports/storage/object-store.js';
import { rowsOf, type Statement } from './statement.js';

export type ObjectRow = {
  readonly key: string;
  readonly blob_id: string;
  readonly size: bigint;
  readonly content_type: string | null;
  readonly modified_at: Date;
};
/** A row as its readers want it: all that is told of the object, and where its bytes are. */
export type WholeRow = ObjectRow & {
  readonly metadata: Metadata | null;
  readonly bytes_in: 'file' | 'row' | 'segments';
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

/** The same with what the sender wrote beside the content. */
export const wholeMetaOf = (row: WholeRow): ObjectMeta => ({
  ...metaOf(row),
  metadata: row.metadata ?? undefined,
});

/** As jsonb takes it. */
export const metadataColumn = (metadata: Metadata | undefined): string | null =>
  metadata === undefined ? null : JSON.stringify(metadata);

export const BUCKET_MISSING: BucketMissing = { kind: 'bucket_missing' };

/** What a `WholeRow` takes of blob_objects, which is called o. */
export const COLUMNS = 'o.key, o.blob_id, o.size, o.content_type, o.modified_at, o.metadata, o.bytes_in';
const FIND: Statement = {
  name: 'blobs-find',
  sql: `
    select ${COLUMNS} from blob_buckets b left join blob_objects o on o.bucket = b.name and o.key = :key
    where b.name = :bucket`,
};
/** Of an object, or why there is none. */
export type Found<Row> = ResultAsync<Row, BucketMissing | NotFound | Unavailable>;

/** What the bucket holds under a key at this moment. */
export const findObject = (db: Knex, bucket: string, key: ObjectKey): Found<WholeRow> =>
  rowsOf<BucketRow<WholeRow>>(db, FIND, { bucket, key }).andThen(([row]) => {
    if (!row) return errAsync(BUCKET_MISSING);
    return row.key === null ? errAsync(NOT_FOUND) : okAsync(row);
  });
