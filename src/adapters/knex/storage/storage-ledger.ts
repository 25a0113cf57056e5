import type { Knex } from 'knex';
import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import * as z from 'zod';
import { iso } from '../../../domain/shared/time.js';
import { hourOf, type SizeStep, type StorageHour, withSteps } from '../../../domain/storage/storage-hours.js';
import type { StorageSize } from '../../../domain/storage/storage-size.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { MeteredBucket } from '../../../ports/storage/meter.js';
import { query } from '../kit/query.js';
import { int8, timestamptz } from '../kit/rows.js';
import { transaction } from '../kit/transaction.js';

/** What a bucket gains or loses, on balance, at a moment. */
export type Move = MeteredBucket & SizeStep;

type Raw = { readonly rows: readonly unknown[] };
type Rows = readonly unknown[];
export const rowsOf = (db: Knex, sql: string, bindings: object = {}): ResultAsync<Rows, Unavailable> =>
  query(() => db.raw<Raw>(sql, bindings as Knex.ValueDict)).map(({ rows }) => rows);

// Locks are taken in the order of ids, so that two batches with the same buckets cannot wait for each other.
const SIZES = `
  insert into storage_sizes as s (bucket_id, account_id, bytes, objects)
  select bucket, account, sum(bytes), sum(objects)
  from unnest(:buckets::uuid[], :accounts::uuid[], :bytes::bigint[], :objects::bigint[])
    as given (bucket, account, bytes, objects)
  group by bucket, account order by bucket
  on conflict (bucket_id) do update set
    bytes = s.bytes + case when s.ended then 0 else excluded.bytes end,
    objects = s.objects + case when s.ended then 0 else excluded.objects end
  returning bucket_id, ended`;

const HOURS = `
  select h.* from unnest(:buckets::uuid[], :hours::timestamptz[]) as since (bucket, hour)
  cross join lateral (
    select * from storage_hours h
    where h.bucket_id = since.bucket and h.hour >= coalesce(
      (select max(hour) from storage_hours where bucket_id = since.bucket and hour < since.hour), since.hour)
  ) h
  order by h.bucket_id, h.hour`;

const KEEP = `
  insert into storage_hours (account_id, bucket_id, hour, byte_ms, bytes, objects, last_at)
  select * from unnest(:accounts::uuid[], :buckets::uuid[], :hours::timestamptz[], :byteMs::numeric[],
    :bytes::bigint[], :objects::bigint[], :lastAt::timestamptz[])
  on conflict (bucket_id, hour) do update set byte_ms = excluded.byte_ms, bytes = excluded.bytes,
    objects = excluded.objects, last_at = excluded.last_at`;

const LOCK = `
  insert into storage_sizes as s (bucket_id, account_id) values (:bucketId, :accountId)
  on conflict (bucket_id) do update set bytes = s.bytes returning bytes, objects`;

const Size = z.object({ bytes: int8, objects: int8 });
const Entry = z.object({ bucket_id: z.string(), ended: z.boolean() });
const Hour = z.object({
  bucket_id: z.string(),
  hour: timestamptz,
  byte_ms: z.string().transform(BigInt),
  bytes: int8,
  objects: int8,
  last_at: timestamptz,
});

type Kept = StorageHour & { readonly bucketId: string };
const keptOf = (row: unknown): Kept => {
  const { bucket_id: bucketId, byte_ms: byteMs, last_at: lastAt, ...rest } = Hour.parse(row);
  return { bucketId, byteMs, lastAt, ...rest };
};

const byBucket = <T extends { readonly bucketId: string }>(
  all: readonly T[],
): ReadonlyMap<string, readonly T[]> => {
  const grouped = new Map<string, T[]>();
  for (const one of all) {
    const group = grouped.get(one.bucketId);
    if (group) group.push(one);
    else grouped.set(one.bucketId, [one]);
  }
  return grouped;
};

const earlier = (a: Move, b: Move): Move => (a.at <= b.at ? a : b);

const counted = (trx: Knex, moves: readonly Move[]): ResultAsync<readonly Move[], Unavailable> =>
  rowsOf(trx, SIZES, {
    buckets: moves.map(({ bucketId }) => bucketId),
    accounts: moves.map(({ accountId }) => accountId),
    bytes: moves.map(({ bytes }) => bytes),
    objects: moves.map(({ objects }) => objects),
  }).map((rows) => {
    const sizes = rows.map((row) => Entry.parse(row));
    const ended = new Set(sizes.flatMap((size) => (size.ended ? [size.bucket_id] : [])));
    return moves.filter(({ bucketId }) => !ended.has(bucketId));
  });

const keep = (trx: Knex, account: ReadonlyMap<string, string>, hours: readonly Kept[]) =>
  rowsOf(trx, KEEP, {
    accounts: hours.map(({ bucketId }) => account.get(bucketId) ?? ''),
    buckets: hours.map(({ bucketId }) => bucketId),
    hours: hours.map(({ hour }) => iso(hour)),
    byteMs: hours.map(({ byteMs }) => String(byteMs)),
    bytes: hours.map(({ bytes }) => bytes),
    objects: hours.map(({ objects }) => objects),
    lastAt: hours.map(({ lastAt }) => iso(lastAt)),
  });

/**
 * Sizes first: their locks make others who write to the same buckets wait, and READ COMMITTED shows the hours as
 * those left them.
 */
export const record = (trx: Knex, moves: readonly Move[]): ResultAsync<void, Unavailable> =>
  safeTry(async function* () {
    const living = yield* counted(trx, moves);
    if (living.length === 0) return okAsync(undefined);
    const buckets = byBucket(living);
    const first = [...buckets.values()].map((some) => some.reduce(earlier).at);
    const found = yield* rowsOf(trx, HOURS, {
      buckets: [...buckets.keys()],
      hours: first.map((at) => iso(hourOf(at))),
    });
    const known = byBucket(found.map(keptOf));
    const hours = [...buckets].flatMap(([bucketId, some]) =>
      withSteps(known.get(bucketId) ?? [], some).map((hour): Kept => ({ ...hour, bucketId })),
    );
    yield* keep(trx, new Map(living.map(({ bucketId, accountId }) => [bucketId, accountId])), hours);
    return ok(undefined);
  });

/** Runs alone on a bucket's rows and tells its size; READ COMMITTED, so that what the lock waited for is seen. */
export const alone = (
  db: Knex,
  { accountId, bucketId }: MeteredBucket,
  work: (trx: Knex, size: StorageSize) => ResultAsync<void, Unavailable>,
): ResultAsync<void, Unavailable> =>
  transaction(
    db,
    (trx) => rowsOf(trx, LOCK, { bucketId, accountId }).andThen(([row]) => work(trx, Size.parse(row))),
    'read committed',
  );
