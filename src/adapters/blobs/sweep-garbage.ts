import type { Knex } from 'knex';
import { ok, type ResultAsync, safeTry } from 'neverthrow';
import { DAY, iso, MINUTE, plus } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import { onDiskFreeing, removeFile, syncDirectory } from './disk.js';
import type { Layout } from './layout.js';
import { rowsOf, type Statement } from './statement.js';

type SweepDeps = { readonly db: Knex; readonly clock: Clock; readonly layout: Layout };
/** `more`: the batch was full, so another call finds work at once. */
export type Swept = { readonly removed: number; readonly more: boolean };

/** Long enough that readers who hold a row have opened its file; those who come too late look the row up again. */
const GRACE_MS = MINUTE;
/** Whoever has not completed an upload by then never will. */
const UPLOAD_LIFE_MS = 7 * DAY;
const BATCH = 1_000;

// A segmented object or an upload is one record of garbage and as many rows here as it still has segments.
const GARBAGE: Statement = {
  name: 'blobs-garbage',
  sql: `
    with lapsed as (delete from blob_readers where lease_until < :now::timestamptz)
    select g.blob_id as record, s.blob_id as segment
    from blob_garbage g left join blob_segments s on s.upload = g.blob_id
    where g.since < :before::timestamptz and not exists (
      select from blob_readers r where r.blob_id = g.blob_id and r.lease_until >= :now::timestamptz
    )
    order by g.since limit :batch::int`,
};
const FORGET_SEGMENTS: Statement = {
  name: 'blobs-garbage-forget-segments',
  sql: 'delete from blob_segments where blob_id = any(:segments::uuid[])',
};
const FORGET_BYTES: Statement = {
  name: 'blobs-garbage-forget-bytes',
  sql: 'delete from blob_bytes where blob_id = any(:records::uuid[]) returning blob_id',
};
const FORGET: Statement = {
  name: 'blobs-garbage-forget',
  sql: `
    delete from blob_garbage g
    where blob_id = any(:records::uuid[]) and not exists (select from blob_segments s where s.upload = g.blob_id)`,
};
const ABANDON: Statement = {
  name: 'blobs-uploads-abandon',
  sql: `
    with old as (
      select id from blob_uploads where started_at < :before::timestamptz
      order by started_at limit :batch::int for update skip locked
    ), gone as (
      delete from blob_uploads u using old where u.id = old.id returning u.id
    ), recorded as (
      insert into blob_garbage (blob_id, since) select id, :at::timestamptz from gone
    )
    select id from gone`,
};

type BlobRow = { readonly blob_id: string };
type GarbageRow = { readonly record: string; readonly segment: string | null };

/** Removes files and waits until their names stay away even after a power loss. */
export const unlinkBlobs = async (layout: Layout, blobs: readonly string[]): Promise<void> => {
  for (const blob of blobs) await removeFile(layout.object(blob));
  for (const shard of new Set(blobs.map(layout.shard))) await syncDirectory(shard);
};

/** Deletes the files of blobs no row names any more. Safe in any number of processes at once, killed anywhere. */
export const sweepGarbage = ({ db, clock, layout }: SweepDeps): ResultAsync<Swept, Unavailable> =>
  safeTry(async function* () {
    const at = clock.now();
    const asked = { now: iso(at), before: iso(plus(at, -GRACE_MS)), batch: BATCH };
    const garbage = yield* rowsOf<GarbageRow>(db, GARBAGE, asked);
    if (garbage.length === 0) return ok({ removed: 0, more: false });
    const records = [...new Set(garbage.map(({ record }) => record))];
    const segments = garbage.flatMap(({ segment }) => segment ?? []);
    const small = new Set((yield* rowsOf<BlobRow>(db, FORGET_BYTES, { records })).map((row) => row.blob_id));
    const files = garbage.map(({ record, segment }) => segment ?? record).filter((blob) => !small.has(blob));
    yield* onDiskFreeing(() => unlinkBlobs(layout, files));
    if (segments.length > 0) yield* rowsOf(db, FORGET_SEGMENTS, { segments });
    yield* rowsOf(db, FORGET, { records });
    return ok({ removed: garbage.length, more: garbage.length === BATCH });
  });

/** Aborts uploads that were begun a week ago; their parts are garbage from then on. */
export const sweepUploads = ({
  db,
  clock,
}: Pick<SweepDeps, 'db' | 'clock'>): ResultAsync<Swept, Unavailable> => {
  const at = clock.now();
  const asked = { at: iso(at), before: iso(plus(at, -UPLOAD_LIFE_MS)), batch: BATCH };
  return rowsOf(db, ABANDON, asked).map(({ length }) => ({ removed: length, more: length === BATCH }));
};
