import type { Knex } from 'knex';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import { isUuid } from '../../domain/shared/ids.js';
import { type Instant, iso } from '../../domain/shared/time.js';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import { NOTHING, type StorageSize } from '../../domain/storage/storage-size.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type {
  BucketMissing,
  ObjectMeta,
  PreconditionFailed,
  PutOptions,
} from '../../ports/storage/object-store.js';
import { doubting, type InDoubt } from './in-doubt.js';
import type { Landed } from './land.js';
import { BUCKET_MISSING, metadataColumn } from './object-row.js';
import type { Collected } from './receive.js';
import { FOREIGN_KEY_VIOLATION, rowsOr, type Statement } from './statement.js';
import { WRITER_LOST } from './writer.js';

type Named = { readonly bucket: string; readonly key: ObjectKey; readonly at: Instant };
/** Bytes at hand, which wait for the row that makes them an object. */
export type RowCandidate = Collected & Named & { readonly blob: string };
/** The same, or a file that lies durable in its place. */
type Candidate = RowCandidate | (Landed & Named);
export type CommitFailure = BucketMissing | PreconditionFailed | InDoubt | Unavailable;

type Place = { readonly name: 'file' | 'row'; readonly writer: string; readonly kept: string };
// The share lock on the writer's row makes whoever fences this writer wait for us, or us find the row gone.
const IN_FILE: Place = {
  name: 'file',
  writer: 'select id from blob_writers where id = :writer::uuid for key share',
  kept: '',
};
// Bytes that come and go with their row need no writer's lease.
const IN_ROW: Place = {
  name: 'row',
  writer: 'select 1 as id',
  kept: 'kept as (insert into blob_bytes (blob_id, bytes) select :blob::uuid, :bytes::bytea from put),',
};

const create = ({ name }: Place): string => `
  insert into blob_objects as o (bucket, key, blob_id, size, content_type, metadata, bytes_in, crc32, modified_at)
  select :bucket, :key, :blob::uuid, :size::bigint, :contentType, :metadata::jsonb, '${name}', :crc32,
    :at::timestamptz
  from writer`;

const replace = ({ name }: Place): string => `
  blob_id = :blob::uuid, replaced = o.blob_id, replaced_size = o.size, size = :size::bigint, content_type = :contentType,
  metadata = :metadata::jsonb, bytes_in = '${name}', crc32 = :crc32, modified_at = :at::timestamptz`;

/** The whole commit as one statement. The foreign key makes whoever deletes the bucket wait for us, or us fail. */
const commitWith = (condition: string, place: Place, put: string): Statement => ({
  name: `blobs-put-${place.name}-${condition}`,
  sql: `
    with writer as (${place.writer}),
    put as (${put} returning o.replaced, o.replaced_size),
    ${place.kept}
    recorded as (
      insert into blob_garbage (blob_id, since)
      select replaced, :at::timestamptz from put where replaced is not null
    )
    select exists (select from writer) as alive, exists (select from put) as stored,
      exists (select from blob_buckets where name = :bucket) as bucket,
      (select replaced_size from put) as replaced`,
});

const commitsTo = (place: Place): Conditional => ({
  any: commitWith('any', place, `${create(place)} on conflict (bucket, key) do update set ${replace(place)}`),
  absent: commitWith('absent', place, `${create(place)} on conflict (bucket, key) do nothing`),
  matching: commitWith(
    'matching',
    place,
    `update blob_objects o set ${replace(place)} from writer
     where o.bucket = :bucket and o.key = :key and o.blob_id = :ifMatch::uuid`,
  ),
});

type Conditions = Pick<PutOptions, 'ifMatch' | 'ifNoneMatch'>;
/** One statement for each way of asking: any version, none, or this one. */
export type Conditional = {
  readonly any: Statement;
  readonly absent: Statement;
  readonly matching: Statement;
};
const NO_BLOB = '00000000-0000-0000-0000-000000000000';

/** The statement for these conditions, and the binding that it asks for beside the others. */
export const conditioned = (
  { any, absent, matching }: Conditional,
  { ifMatch, ifNoneMatch }: Conditions,
): readonly [Statement, { readonly ifMatch?: string }] => {
  if (ifMatch === undefined) return [ifNoneMatch === undefined ? any : absent, {}];
  return [matching, { ifMatch: isUuid(ifMatch) && ifNoneMatch === undefined ? ifMatch : NO_BLOB }];
};

type Verdict = {
  readonly alive: boolean;
  readonly stored: boolean;
  readonly bucket: boolean;
  readonly replaced: bigint | null;
};

/** What a version left behind, as its key's next one found it. */
export const freedBy = (replaced: bigint | null): StorageSize =>
  replaced === null ? NOTHING : { bytes: Number(replaced), objects: 1 };

const judge = (verdict: Verdict | undefined): Result<StorageSize, CommitFailure> => {
  if (!verdict?.alive) return err(WRITER_LOST);
  if (verdict.stored) return ok(freedBy(verdict.replaced));
  return err(verdict.bucket ? { kind: 'precondition_failed' } : BUCKET_MISSING);
};

const [TO_FILE, TO_ROW] = [commitsTo(IN_FILE), commitsTo(IN_ROW)];

/** A candidate as the object that it has become. */
export const metaOfPut = (
  { key, size, blob, at }: Candidate,
  { contentType, metadata }: PutOptions,
): ObjectMeta => ({ key, size, etag: blob, modifiedAt: at, contentType, metadata });

/** Makes the candidate what its key names, if the conditions hold at that moment. */
export const commit = (
  db: Knex,
  candidate: Candidate,
  options: PutOptions,
): ResultAsync<ObjectMeta, CommitFailure> => {
  const { contentType, metadata } = options;
  const described = { contentType: contentType ?? null, metadata: metadataColumn(metadata) };
  const [statement, asked] = conditioned('bytes' in candidate ? TO_ROW : TO_FILE, options);
  const bindings = { ...candidate, ...described, ...asked, at: iso(candidate.at) };
  return rowsOr<Verdict, BucketMissing>(db, statement, bindings, FOREIGN_KEY_VIOLATION, BUCKET_MISSING)
    .mapErr(doubting)
    .andThen(([verdict]) => judge(verdict))
    .andTee((freed) => options.freed?.(freed))
    .map(() => metaOfPut(candidate, options));
};
