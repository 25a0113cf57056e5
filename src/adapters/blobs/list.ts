import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import type { ListEntry, Listing, ListRequest, ObjectStore } from '../../ports/storage/object-store.js';
import { BUCKET_MISSING, type BucketRow, metaOf, type ObjectRow } from './object-row.js';
import { type Bindings, rowsOf, type Statement } from './statement.js';

const LAST_CODE_POINT = 0x10ffff;
/** Above every key: one code point more of the highest kind than 1024 bytes can hold. */
const ABOVE_ALL = String.fromCodePoint(LAST_CODE_POINT).repeat(257);
/** Keys hold no NUL, so nothing lies between a key and the key followed by this. */
const LEAST = '\u0001';
/** '/' + 1: the first thing after everything in a folder. */
const PAST_SLASH = '0';

const nextCodePoint = (code: number): number => (code === 0xd7ff ? 0xe000 : code + 1);

/** The least text above all that begin with `prefix`; code points order as their UTF-8 bytes do. */
export const successor = (prefix: string): string => {
  const points = [...prefix];
  const last = points.pop()?.codePointAt(0);
  if (last === undefined) return ABOVE_ALL;
  if (last === LAST_CODE_POINT) return successor(points.join(''));
  return points.join('') + String.fromCodePoint(nextCodePoint(last));
};

/** The first key that may still belong to a page: entries come after `after`, a folder counts as its own name. */
export const startOf = ({ prefix, delimiter, after }: ListRequest): string => {
  if (after === undefined) return prefix;
  if (!after.startsWith(prefix))
    return Buffer.compare(Buffer.from(after), Buffer.from(prefix)) < 0 ? prefix : ABOVE_ALL;
  const slash = delimiter === undefined ? -1 : after.indexOf('/', prefix.length);
  return slash < 0 ? after + LEAST : after.slice(0, slash) + PAST_SLASH;
};

const COLUMNS = 'o.key, o.blob_id, o.size, o.content_type, o.modified_at';

const FLAT: Statement = {
  name: 'blobs-list',
  sql: `
    select o.*, null as folder
    from blob_buckets b left join lateral (
      select ${COLUMNS} from blob_objects o
      where o.bucket = b.name and o.key >= :start and o.key < :end
      order by o.key limit :rows::int
    ) o on true
    where b.name = :bucket
    order by o.key`,
};

// One index descent per entry: from a folder the walk goes on behind all of its keys, however many there are.
const FOLDED: Statement = {
  name: 'blobs-list-folded',
  sql: `
    with recursive walk as (
      select null::text collate "C" as key, null::uuid as blob_id, null::bigint as size, null::text as content_type,
        null::timestamptz as modified_at, null::text collate "C" as folder, :start::text collate "C" as onward, 0 as n
      union all
      select found.key, found.blob_id, found.size, found.content_type, found.modified_at,
        case when found.slash > 0 then left(found.key, :width::int + found.slash) end,
        (case when found.slash > 0 then left(found.key, :width::int + found.slash - 1) || '${PAST_SLASH}'
          else found.key || chr(1) end) collate "C",
        walk.n + 1
      from walk cross join lateral (
        select ${COLUMNS}, strpos(substr(o.key, :width::int + 1), '/') as slash from blob_objects o
        where o.bucket = :bucket and o.key >= walk.onward and o.key < :end
        order by o.key limit 1
      ) found
      where walk.n < :rows::int
    )
    select walk.key, walk.blob_id, walk.size, walk.content_type, walk.modified_at, walk.folder
    from blob_buckets b left join walk on walk.n > 0
    where b.name = :bucket
    order by walk.n`,
};

type EntryRow = ObjectRow & { readonly folder: string | null };

/** The statement of a page and what it is asked with: one entry more than wanted tells whether there is a next page. */
export const pageQuery = (bucket: string, request: ListRequest): readonly [Statement, Bindings] => {
  const { prefix, delimiter, limit } = request;
  const bounds = { bucket, start: startOf(request), end: successor(prefix), rows: limit + 1 };
  return delimiter === undefined ? [FLAT, bounds] : [FOLDED, { ...bounds, width: [...prefix].length }];
};

const entryOf = (row: EntryRow): ListEntry =>
  row.folder === null ? { type: 'file', object: metaOf(row) } : { type: 'folder', prefix: row.folder };

const nameOf = (entry: ListEntry): string => (entry.type === 'file' ? entry.object.key : entry.prefix);

const listingOf = (rows: readonly BucketRow<EntryRow>[], limit: number): Listing => {
  const entries = rows.flatMap((row) => (row.key === null ? [] : [entryOf(row)]));
  const page = entries.slice(0, limit);
  const last = page.at(-1);
  return entries.length > limit && last ? { entries: page, next: nameOf(last) } : { entries: page };
};

export const listBlobs =
  (db: Knex): ObjectStore['list'] =>
  (bucket, request) =>
    rowsOf<BucketRow<EntryRow>>(db, ...pageQuery(bucket, request)).andThen((rows) =>
      rows.length === 0 ? errAsync(BUCKET_MISSING) : okAsync(listingOf(rows, request.limit)),
    );
