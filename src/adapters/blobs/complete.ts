import type { Knex } from 'knex';
import { err, errAsync, ok, okAsync, type Result, type ResultAsync, safeTry } from 'neverthrow';
import { isUuid } from '../../domain/shared/ids.js';
import { iso } from '../../domain/shared/time.js';
import type { StorageSize } from '../../domain/storage/storage-size.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { InvalidPart, MultipartUploads, UploadMissing } from '../../ports/storage/multipart.js';
import type { ObjectMeta } from '../../ports/storage/object-store.js';
import { inOrder, invalidPart } from '../kit/named-parts.js';
import { transaction } from '../knex/kit/transaction.js';
import { type Conditional, conditioned, freedBy } from './commit.js';
import { BUCKET_MISSING, findObject, type WholeRow, wholeMetaOf } from './object-row.js';
import { rowsOf, type Statement } from './statement.js';
import { UPLOAD_MISSING } from './uploads.js';

type Request = Parameters<MultipartUploads['complete']>;
type NamedPart = Request[3][number];

// Bucket before upload, as whoever deletes the bucket takes them: neither waits for the other in a circle.
const LOCK_BUCKET: Statement = {
  name: 'blobs-complete-bucket',
  sql: 'select name from blob_buckets where name = :bucket for key share',
};
const LOCK_UPLOAD: Statement = {
  name: 'blobs-complete-upload',
  sql: 'select id from blob_uploads where id = :upload::uuid and bucket = :bucket and key = :key for update',
};
const CHECK: Statement = {
  name: 'blobs-complete-check',
  sql: `
    select min(n.number) filter (where s.blob_id is distinct from n.etag) as wrong, sum(s.size)::bigint as size
    from unnest(:numbers::int[], :etags::uuid[]) as n (number, etag)
    left join blob_segments s on s.upload = :upload::uuid and s.number = n.number`,
};

const CREATE = `
  insert into blob_objects as o (bucket, key, blob_id, size, content_type, metadata, bytes_in, modified_at)
  select u.bucket, u.key, u.id, :size::bigint, u.content_type, u.metadata, 'segments', :at::timestamptz
  from blob_uploads u where u.id = :upload::uuid`;
const REPLACED = `
  replaced = o.blob_id, replaced_size = o.size, size = :size::bigint, bytes_in = 'segments', crc32 = null, modified_at = :at::timestamptz`;

/** The object's row, its segments' places in it, and the end of what was not named and of the upload itself. */
const completeWith = (name: string, put: string): Statement => ({
  name: `blobs-complete-${name}`,
  sql: `
    with named as materialized (
      select n.number, (sum(s.size) over (order by n.number) - s.size)::bigint as first
      from unnest(:numbers::int[]) as n (number)
      join blob_segments s on s.upload = :upload::uuid and s.number = n.number
    ),
    put as (${put} returning o.*),
    placed as (
      update blob_segments s set first = named.first
      from named where s.upload = :upload::uuid and s.number = named.number
    ),
    unnamed as (
      delete from blob_segments s
      where s.upload = :upload::uuid and not exists (select from named where named.number = s.number)
      returning s.blob_id
    ),
    ended as (delete from blob_uploads where id = :upload::uuid),
    recorded as (
      insert into blob_garbage (blob_id, since)
      select blob_id, :at::timestamptz from unnamed
      union all select replaced, :at::timestamptz from put where replaced is not null
    )
    select key, blob_id, size, content_type, modified_at, metadata, bytes_in, replaced_size from put`,
});
const COMPLETE: Conditional = {
  any: completeWith(
    'any',
    `${CREATE} on conflict (bucket, key) do update set blob_id = excluded.blob_id,
      content_type = excluded.content_type, metadata = excluded.metadata, ${REPLACED}`,
  ),
  absent: completeWith('absent', `${CREATE} on conflict (bucket, key) do nothing`),
  matching: completeWith(
    'matching',
    `update blob_objects o set blob_id = u.id, content_type = u.content_type, metadata = u.metadata, ${REPLACED}
     from blob_uploads u
     where u.id = :upload::uuid and o.bucket = u.bucket and o.key = u.key and o.blob_id = :ifMatch::uuid`,
  ),
};

const unlike = (number: number): InvalidPart => invalidPart(number, 'no such part, or another version of it');

/** What the list of parts says for itself, before any of them is looked for. */
const wellNamed = (parts: readonly NamedPart[]): Result<void, InvalidPart> =>
  inOrder(parts).andThen(() => {
    const strange = parts.find(({ etag }) => !isUuid(etag));
    return strange ? err(unlike(strange.number)) : ok(undefined);
  });

type MadeRow = WholeRow & { readonly replaced_size: bigint | null };
/** The object, and what its making freed; nothing is told of one that was made before. */
type Made = { readonly meta: ObjectMeta; readonly freed?: StorageSize };

/** The upload is over: fine if what it made is still the object under this key. */
const madeBefore = (
  trx: Knex,
  ...[bucket, key, upload]: Request
): ResultAsync<Made, UploadMissing | Unavailable> =>
  findObject(trx, bucket, key)
    .map((row) => (row.blob_id === upload ? { meta: wholeMetaOf(row) } : undefined))
    .orElse((failure) => (failure.kind === 'unavailable' ? errAsync(failure) : okAsync(undefined)))
    .andThen((made) => (made ? okAsync(made) : errAsync(UPLOAD_MISSING)));

type Checked = { readonly wrong: number | null; readonly size: bigint | null };

const assemble = (trx: Knex, at: string, ...[, , upload, parts, options]: Request) =>
  safeTry(async function* () {
    yield* wellNamed(parts);
    const [numbers, etags] = [parts.map(({ number }) => number), parts.map(({ etag }) => etag)];
    const [checked] = yield* rowsOf<Checked>(trx, CHECK, { upload, numbers, etags });
    if (!checked || checked.wrong !== null) return err(unlike(checked?.wrong ?? 1));
    const [size, { maxBytes }] = [Number(checked.size), options];
    if (size > maxBytes) return err({ kind: 'object_too_large' as const, maxBytes });
    const [statement, asked] = conditioned(COMPLETE, options);
    const [row] = yield* rowsOf<MadeRow>(trx, statement, { upload, numbers, size, at, ...asked });
    if (!row) return err({ kind: 'precondition_failed' as const });
    return ok<Made>({ meta: wholeMetaOf(row), freed: freedBy(row.replaced_size) });
  });

/**
 * Names the segments and copies nothing. READ COMMITTED: once the upload is locked no part comes or goes, and
 * the statements after that see those that came before. Any refusal undoes all of it.
 */
export const completeUpload = (db: Knex, clock: Clock): MultipartUploads['complete'] => {
  const complete = (trx: Knex, ...request: Request) =>
    safeTry(async function* () {
      const [bucket, key, upload] = request;
      if ((yield* rowsOf(trx, LOCK_BUCKET, { bucket })).length === 0) return err(BUCKET_MISSING);
      if (!isUuid(upload)) return err(UPLOAD_MISSING);
      const open = yield* rowsOf(trx, LOCK_UPLOAD, { bucket, key, upload });
      return open.length > 0 ? assemble(trx, iso(clock.now()), ...request) : madeBefore(trx, ...request);
    });
  return (...request) => {
    const [, , , , options] = request;
    return transaction(db, (trx) => complete(trx, ...request), 'read committed').map(({ meta, freed }) => {
      if (freed) options.freed?.(freed);
      return meta;
    });
  };
};
