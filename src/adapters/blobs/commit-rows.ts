import type { Knex } from 'knex';
import { err, ok, type ResultAsync } from 'neverthrow';
import { iso } from '../../domain/shared/time.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { ObjectMeta, PutOptions } from '../../ports/storage/object-store.js';
import { type CommitFailure, freedBy, metaOfPut, type RowCandidate } from './commit.js';
import { gathered } from './gathered.js';
import { doubting } from './in-doubt.js';
import { BUCKET_MISSING } from './object-row.js';
import { rowsOf, type Statement } from './statement.js';

/** So many small objects are at most 256 KiB. */
const AT_ONCE = 64;

// What the foreign key would say of all of them is said of each: the lock waits for whoever deletes a bucket, and
// does not find it then. In the order of names, so that two of these cannot wait for each other.
const COMMIT: Statement = {
  name: 'blobs-put-rows',
  sql: `
    with given as materialized (
      select * from unnest(:blobs::uuid[], :buckets::text[], :keys::text[], :sizes::bigint[], :begins::int[],
        :types::text[], :sums::text[], :ats::timestamptz[])
        as g(blob, bucket, key, size, begins, content_type, crc32, at)
    ), there as materialized (
      select name from blob_buckets where name = any(:buckets::text[]) order by name for key share
    ), put as (
      insert into blob_objects as o (bucket, key, blob_id, size, content_type, bytes_in, crc32, modified_at)
      select bucket, key, blob, size, content_type, 'row', crc32, at from given join there on there.name = given.bucket
      order by bucket, key collate "C"
      on conflict (bucket, key) do update set blob_id = excluded.blob_id, replaced = o.blob_id,
        replaced_size = o.size, size = excluded.size, content_type = excluded.content_type, metadata = null,
        bytes_in = 'row', crc32 = excluded.crc32, modified_at = excluded.modified_at
      returning o.blob_id, o.replaced, o.replaced_size, o.modified_at
    ), kept as (
      insert into blob_bytes (blob_id, bytes)
      select blob, substr(:bytes::bytea, begins + 1, size::int) from given join put on put.blob_id = given.blob
    ), recorded as (
      insert into blob_garbage (blob_id, since) select replaced, modified_at from put where replaced is not null
    )
    select blob_id, replaced_size from put`,
};

type PutRow = { readonly blob_id: string; readonly replaced_size: bigint | null };
type Put = { readonly candidate: RowCandidate; readonly contentType: string | undefined };

const beginsOf = (puts: readonly Put[]): readonly number[] => {
  let end = 0;
  return puts.map(({ candidate }) => {
    const begin = end;
    end += candidate.size;
    return begin;
  });
};

const bindingsOf = (puts: readonly Put[]) => {
  const all = puts.map(({ candidate }) => candidate);
  return {
    blobs: all.map(({ blob }) => blob),
    buckets: all.map(({ bucket }) => bucket),
    keys: all.map(({ key }) => key),
    sizes: all.map(({ size }) => size),
    begins: beginsOf(puts),
    types: puts.map(({ contentType }) => contentType ?? null),
    sums: all.map(({ crc32 }) => crc32),
    ats: all.map(({ at }) => iso(at)),
    bytes: Buffer.concat(all.map(({ bytes }) => bytes)),
  };
};

type Commit = (candidate: RowCandidate, options: PutOptions) => ResultAsync<ObjectMeta, CommitFailure>;

/** Whether nothing is asked of the version before, and nothing said beside the content. */
export const isPlain = ({ metadata, ifMatch, ifNoneMatch }: PutOptions): boolean =>
  metadata === undefined && ifMatch === undefined && ifNoneMatch === undefined;

/** Makes plain candidates what their keys name, those of one moment in one statement. */
export const rowCommitter = (db: Knex): Commit => {
  const put = gathered<Put, PutRow | undefined, Unavailable>({
    most: AT_ONCE,
    nameOf: ({ candidate: { bucket, key } }) => `${bucket}/${key}`,
    ask: (puts) =>
      rowsOf<PutRow>(db, COMMIT, bindingsOf(puts)).map((rows) => {
        const stored = new Map(rows.map((row) => [row.blob_id, row]));
        return puts.map(({ candidate }) => stored.get(candidate.blob));
      }),
  });
  return (candidate, options) =>
    put({ candidate, contentType: options.contentType })
      .mapErr(doubting)
      .andThen((row) => {
        if (!row) return err(BUCKET_MISSING);
        options.freed?.(freedBy(row.replaced_size));
        return ok(metaOfPut(candidate, options));
      });
};
