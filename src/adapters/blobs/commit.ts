import type { Knex } from 'knex';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import { isUuid } from '../../domain/shared/ids.js';
import { type Instant, iso } from '../../domain/shared/time.js';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type {
  BucketMissing,
  ObjectMeta,
  PreconditionFailed,
  PutOptions,
} from '../../ports/storage/object-store.js';
import { sqlState } from '../knex/kit/query.js';
import { BUCKET_MISSING } from './object-row.js';
import { FOREIGN_KEY_VIOLATION, rowsOr, type Statement } from './statement.js';
import { WRITER_LOST } from './writer.js';

/** A file that lies durable in its place and waits for the row that makes it an object. */
export type Candidate = {
  readonly writer: string;
  readonly blob: string;
  readonly bucket: string;
  readonly key: ObjectKey;
  readonly size: number;
  readonly crc32: string;
  readonly at: Instant;
};
/** Nobody knows whether the row is there: the connection went away with the answer. */
export type InDoubt = { readonly kind: 'in_doubt'; readonly cause: unknown };
export type CommitFailure = BucketMissing | PreconditionFailed | InDoubt | Unavailable;

const CREATE = `
  insert into blob_objects as o (bucket, key, blob_id, size, content_type, crc32, modified_at)
  select :bucket, :key, :blob::uuid, :size::bigint, :contentType, :crc32, :at::timestamptz from writer`;

const REPLACE = `
  blob_id = :blob::uuid, replaced = o.blob_id, size = :size::bigint, content_type = :contentType,
  crc32 = :crc32, modified_at = :at::timestamptz`;

/**
 * The whole commit as one statement. The share lock on the writer's row makes whoever fences this
 * writer wait for us, or us find the row gone. The foreign key does the same for the bucket.
 */
const commitWith = (name: string, put: string): Statement => ({
  name: `blobs-put-${name}`,
  sql: `
    with writer as (select id from blob_writers where id = :writer::uuid for key share),
    put as (${put} returning o.replaced),
    recorded as (
      insert into blob_garbage (blob_id, since)
      select replaced, :at::timestamptz from put where replaced is not null
    )
    select exists (select from writer) as alive, exists (select from put) as stored,
      exists (select from blob_buckets where name = :bucket) as bucket`,
});

const ANY = commitWith('any', `${CREATE} on conflict (bucket, key) do update set ${REPLACE}`);
const ABSENT = commitWith('absent', `${CREATE} on conflict (bucket, key) do nothing`);
const MATCHING = commitWith(
  'matching',
  `update blob_objects o set ${REPLACE} from writer
   where o.bucket = :bucket and o.key = :key and o.blob_id = :ifMatch::uuid`,
);
const NO_BLOB = '00000000-0000-0000-0000-000000000000';

type Verdict = { readonly alive: boolean; readonly stored: boolean; readonly bucket: boolean };

const judge = (verdict: Verdict | undefined): Result<void, CommitFailure> => {
  if (!verdict?.alive) return err(WRITER_LOST);
  if (verdict.stored) return ok(undefined);
  return err(verdict.bucket ? { kind: 'precondition_failed' } : BUCKET_MISSING);
};

// An error the server spoke has undone the statement, except when it was saying goodbye.
const GOODBYE = /^(08|57P)/;
const NEVER_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/;

/** True when the statement may have committed although it failed here. */
const mayHaveCommitted = (cause: unknown): boolean => {
  const state = sqlState(cause);
  if (state !== undefined) return GOODBYE.test(state);
  const { name, code } = (cause ?? {}) as { name?: string; code?: string };
  return name !== 'KnexTimeoutError' && !NEVER_SENT.test(code ?? '');
};

const doubting = (failure: BucketMissing | Unavailable): CommitFailure =>
  failure.kind === 'unavailable' && mayHaveCommitted(failure.cause)
    ? { kind: 'in_doubt', cause: failure.cause }
    : failure;

/** Makes the candidate what its key names, if the conditions hold at that moment. */
export const commit = (
  db: Knex,
  { at, ...candidate }: Candidate,
  { contentType, ifMatch, ifNoneMatch }: PutOptions,
): ResultAsync<ObjectMeta, CommitFailure> => {
  const row = { ...candidate, contentType: contentType ?? null, at: iso(at) };
  const [statement, bindings] =
    ifMatch === undefined
      ? [ifNoneMatch === undefined ? ANY : ABSENT, row]
      : [MATCHING, { ...row, ifMatch: isUuid(ifMatch) && ifNoneMatch === undefined ? ifMatch : NO_BLOB }];
  return rowsOr<Verdict, BucketMissing>(db, statement, bindings, FOREIGN_KEY_VIOLATION, BUCKET_MISSING)
    .mapErr(doubting)
    .andThen(([verdict]) => judge(verdict))
    .map(() => ({
      key: candidate.key,
      size: candidate.size,
      etag: candidate.blob,
      modifiedAt: at,
      contentType,
    }));
};
