import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import { NOT_FOUND, type Unavailable } from '../../ports/shared/failure.js';
import { gathered } from './gathered.js';
import { BUCKET_MISSING, COLUMNS, type Found, type WholeRow } from './object-row.js';
import { rowsOf, type Statement } from './statement.js';

/** An object's row with its bytes, where they lie in a row of their own. */
export type FilledRow = WholeRow & { readonly bytes: Buffer | null };

/** Rows of so few bytes that all of them together are no burden. */
const AT_ONCE = 64;

// A sub-query of its own for each name, which OFFSET 0 keeps it: two look-ups by key, however many are asked for and
// whatever the planner thinks of the tables.
const FIND: Statement = {
  name: 'blobs-find-filled',
  sql: `
    select a.n::int, b.name as bucket, o.*
    from unnest(:buckets::text[], :keys::text[]) with ordinality a(bucket, key, n)
    join blob_buckets b on b.name = a.bucket
    left join lateral (
      select ${COLUMNS}, s.bytes
      from blob_objects o left join blob_bytes s on o.bytes_in = 'row' and s.blob_id = o.blob_id
      where o.bucket = a.bucket and o.key = a.key
      offset 0
    ) o on true`,
};

type Name = { readonly bucket: string; readonly key: ObjectKey };
/** A name's bucket, with the object of the name or with nothing. */
type NamedRow = { readonly n: number } & (FilledRow | { readonly [Column in keyof FilledRow]: null });

/** What buckets hold under names at this moment, for whoever wants to read it: what lies in a row comes along. */
export const filledFinder = (db: Knex): ((bucket: string, key: ObjectKey) => Found<FilledRow>) => {
  const find = gathered<Name, NamedRow | undefined, Unavailable>({
    most: AT_ONCE,
    ask: (names) =>
      rowsOf<NamedRow>(db, FIND, {
        buckets: names.map(({ bucket }) => bucket),
        keys: names.map(({ key }) => key),
      }).map((rows) => {
        const found = new Map(rows.map((row) => [row.n, row]));
        return names.map((_, n) => found.get(n + 1));
      }),
  });
  return (bucket, key) =>
    find({ bucket, key }).andThen((row) => {
      if (!row) return errAsync(BUCKET_MISSING);
      return row.key === null ? errAsync(NOT_FOUND) : okAsync(row);
    });
};
