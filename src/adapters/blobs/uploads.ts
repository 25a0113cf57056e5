import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { isUuid } from '../../domain/shared/ids.js';
import { instant, iso } from '../../domain/shared/time.js';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { MultipartUploads, PartMeta, UploadMeta, UploadMissing } from '../../ports/storage/multipart.js';
import { successor } from './list.js';
import { BUCKET_MISSING, metadataColumn } from './object-row.js';
import { FOREIGN_KEY_VIOLATION, rowsOf, rowsOr, type Statement } from './statement.js';

export const UPLOAD_MISSING: UploadMissing = { kind: 'upload_missing' };

const BEGIN: Statement = {
  name: 'blobs-upload-begin',
  sql: `
    insert into blob_uploads (id, bucket, key, content_type, metadata, started_at)
    values (:id::uuid, :bucket, :key, :contentType, :metadata::jsonb, :at::timestamptz)`,
};
/** Its parts keep their rows until they are swept: the record of garbage stands for all of them. */
const ABORT: Statement = {
  name: 'blobs-upload-abort',
  sql: `
    with gone as (
      delete from blob_uploads where id = :upload::uuid and bucket = :bucket and key = :key returning id
    ), recorded as (
      insert into blob_garbage (blob_id, since) select id, :at::timestamptz from gone
    )
    select id from gone`,
};
const PARTS: Statement = {
  name: 'blobs-upload-parts',
  sql: `
    select s.number, s.blob_id, s.size, s.modified_at
    from blob_uploads u left join lateral (
      select * from blob_segments s
      where s.upload = u.id and s.number > :after::int order by s.number limit :rows::int
    ) s on true
    where u.id = :upload::uuid and u.bucket = :bucket and u.key = :key
    order by s.number`,
};
const OPEN: Statement = {
  name: 'blobs-upload-open',
  sql: 'select id from blob_uploads where id = :upload::uuid and bucket = :bucket and key = :key',
};
const UPLOADS: Statement = {
  name: 'blobs-uploads',
  sql: `
    select u.id, u.key, u.started_at
    from blob_buckets b left join lateral (
      select * from blob_uploads u
      where u.bucket = b.name and u.key >= :start and u.key < :end
        and (u.key > :start or u.id::text collate "C" > :afterId)
      order by u.key, u.id limit :rows::int
    ) u on true
    where b.name = :bucket
    order by u.key, u.id`,
};

const OPEN_BYTES: Statement = {
  name: 'blobs-uploads-bytes',
  sql: `
    select coalesce(sum(s.size), 0)::bigint as bytes
    from blob_uploads u join blob_segments s on s.upload = u.id where u.bucket = any(:buckets::text[])`,
};

type PartRow = {
  readonly number: number;
  readonly blob_id: string;
  readonly size: bigint;
  readonly modified_at: Date;
};
type UploadRow = { readonly id: string; readonly key: string; readonly started_at: Date };
type OrNothing<Row> = Row | { readonly [Column in keyof Row]: null };

const partOf = (row: PartRow): PartMeta => ({
  number: row.number,
  size: Number(row.size),
  etag: row.blob_id,
  modifiedAt: instant(row.modified_at.getTime()),
});
const uploadOf = ({ id, key, started_at }: UploadRow): UploadMeta => ({
  id,
  key: key as ObjectKey,
  startedAt: instant(started_at.getTime()),
});

/** A row that names what follows; no byte and no file yet. */
export const beginUpload =
  (db: Knex, clock: Clock, ids: Ids): MultipartUploads['begin'] =>
  (bucket, key, { contentType = null, metadata }) => {
    const [id, at] = [ids.next(), clock.now()];
    const row = { id, bucket, key, contentType, metadata: metadataColumn(metadata), at: iso(at) };
    return rowsOr(db, BEGIN, row, FOREIGN_KEY_VIOLATION, BUCKET_MISSING).map(() => ({
      id,
      key,
      startedAt: at,
    }));
  };

/** Whether parts may still be added at this moment. */
export const uploadIsOpen = (
  db: Knex,
  bucket: string,
  key: ObjectKey,
  upload: string,
): ResultAsync<void, UploadMissing | Unavailable> =>
  isUuid(upload)
    ? rowsOf(db, OPEN, { bucket, key, upload }).andThen(foundOne)
    : errAsync<void, UploadMissing | Unavailable>(UPLOAD_MISSING);

const foundOne = ({ length }: readonly unknown[]): ResultAsync<void, UploadMissing> =>
  length > 0 ? okAsync(undefined) : errAsync(UPLOAD_MISSING);

export const abortUpload =
  (db: Knex, clock: Clock): MultipartUploads['abort'] =>
  (bucket, key, upload) =>
    isUuid(upload)
      ? rowsOf(db, ABORT, { bucket, key, upload, at: iso(clock.now()) }).andThen(foundOne)
      : errAsync(UPLOAD_MISSING);

export const listParts =
  (db: Knex): MultipartUploads['parts'] =>
  (bucket, key, upload, { after = 0, limit }) => {
    if (!isUuid(upload)) return errAsync(UPLOAD_MISSING);
    const bounds = { bucket, key, upload, after, rows: limit + 1 };
    return rowsOf<OrNothing<PartRow>>(db, PARTS, bounds).andThen((rows) => {
      if (rows.length === 0) return errAsync(UPLOAD_MISSING);
      const found = rows.flatMap((row) => (row.number === null ? [] : [partOf(row)]));
      const parts = found.slice(0, limit);
      return okAsync(found.length > limit ? { parts, next: parts.at(-1)?.number } : { parts });
    });
  };

export const openBytes =
  (db: Knex): MultipartUploads['openBytes'] =>
  (buckets) =>
    rowsOf<{ readonly bytes: bigint }>(db, OPEN_BYTES, { buckets }).map(([row]) => Number(row?.bytes ?? 0));

/** As the database orders keys. */
const comesBefore = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;

export const listUploads =
  (db: Knex): MultipartUploads['uploads'] =>
  (bucket, { prefix, after, limit }) => {
    const start = after === undefined || comesBefore(after.key, prefix) ? prefix : after.key;
    return rowsOf<OrNothing<UploadRow>>(db, UPLOADS, {
      bucket,
      start,
      end: successor(prefix),
      afterId: after?.key === start ? after.id : '',
      rows: limit + 1,
    }).andThen((rows) => {
      if (rows.length === 0) return errAsync(BUCKET_MISSING);
      const found = rows.flatMap((row) => (row.id === null ? [] : [uploadOf(row)]));
      return okAsync({ uploads: found.slice(0, limit), more: found.length > limit });
    });
  };
