import type { Knex } from 'knex';
import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import * as z from 'zod';
import { iso, plus } from '../../../domain/shared/time.js';
import { type Around, LAPSES_AFTER } from '../../../domain/storage/allotment.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { AccountRoom, RoomOf, StorageAllotments } from '../../../ports/storage/allotments.js';
import { int8 } from '../kit/rows.js';
import { transaction } from '../kit/transaction.js';
import { rowsOf } from './storage-ledger.js';

/** What all buckets of an account hold. */
export const USED = `
  select coalesce(sum(greatest(bytes, 0)), 0)::bigint as bytes,
    coalesce(sum(greatest(objects, 0)), 0)::bigint as objects
  from storage_sizes where account_id = :account and (bytes > 0 or objects > 0)`;

// Grants wait here for each other and for nobody else, and whoever counts never waits here: neither has the other wait.
const LOCK = `select pg_advisory_xact_lock(hashtextextended('storage_allotments ' || :account, 0))`;

// One statement, which sees what is counted and what is taken off for it both or neither.
const AROUND = `
  with used as (${USED}),
  live as (
    select holder, bytes, objects from storage_allotments
    where account_id = :account and renewed_at > :since::timestamptz
  ),
  others as (
    select coalesce(sum(bytes), 0)::bigint as bytes, coalesce(sum(objects), 0)::bigint as objects
    from live where holder <> :holder
  )
  select u.bytes as used_bytes, u.objects as used_objects, o.bytes as others_bytes, o.objects as others_objects,
    own.bytes as own_bytes, own.objects as own_objects
  from used u cross join others o left join live own on own.holder = :holder`;

const KEEP = `
  insert into storage_allotments (account_id, holder, bytes, objects, renewed_at)
  select account, :holder, bytes, objects, :at::timestamptz
  from unnest(:accounts::uuid[], :bytes::bigint[], :objects::bigint[]) as given (account, bytes, objects)
  order by account
  on conflict (account_id, holder) do update
    set bytes = excluded.bytes, objects = excluded.objects, renewed_at = excluded.renewed_at`;

const DROP = 'delete from storage_allotments where holder = :holder and account_id = any(:accounts::uuid[])';

// Only its holder writes to a row, and in one process who counts and who is granted something take turns.
const SPEND = `
  update storage_allotments a
  set bytes = greatest(a.bytes - given.bytes, 0), objects = greatest(a.objects - given.objects, 0)
  from unnest(:accounts::uuid[], :bytes::bigint[], :objects::bigint[]) as given (account, bytes, objects)
  where a.account_id = given.account and a.holder = :holder`;

const Row = z.object({
  used_bytes: int8,
  used_objects: int8,
  others_bytes: int8,
  others_objects: int8,
  own_bytes: int8.nullable(),
  own_objects: int8.nullable(),
});

const aroundOf = (found: unknown): Around => {
  const row = Row.parse(found);
  const { own_bytes: bytes, own_objects: objects } = row;
  return {
    counted: { bytes: row.used_bytes, objects: row.used_objects },
    others: { bytes: row.others_bytes, objects: row.others_objects },
    own: bytes === null || objects === null ? undefined : { bytes, objects },
  };
};

const bindings = ({ holder, rooms }: RoomOf) => ({
  holder,
  accounts: rooms.map(({ accountId }) => accountId),
  bytes: rooms.map(({ bytes }) => bytes),
  objects: rooms.map(({ objects }) => objects),
});

/** Takes what is counted off what was set aside for it. */
export const spend = (trx: Knex, spent: RoomOf | undefined): ResultAsync<unknown, Unavailable> =>
  spent && spent.rooms.length > 0 ? rowsOf(trx, SPEND, bindings(spent)) : okAsync(undefined);

const isNothing = ({ bytes, objects }: AccountRoom): boolean => bytes === 0 && objects === 0;

/** Room that processes have set aside, in PostgreSQL. */
export const knexStorageAllotments = (db: Knex): StorageAllotments => ({
  grant: ({ accountId, holder }, at, plan) =>
    transaction(
      db,
      (trx) =>
        safeTry(async function* () {
          const account = accountId;
          yield* rowsOf(trx, LOCK, { account });
          const since = iso(plus(at, -LAPSES_AFTER));
          const [row] = yield* rowsOf(trx, AROUND, { account, holder, since });
          const planned = plan(aroundOf(row));
          if (!planned.allotment) return ok(planned);
          const rooms = [{ accountId, ...planned.allotment }];
          yield* rowsOf(trx, KEEP, { ...bindings({ holder, rooms }), at: iso(at) });
          return ok(planned);
        }),
      'read committed',
    ),
  keep: ({ holder, rooms }, at) =>
    transaction(
      db,
      (trx) =>
        safeTry(async function* () {
          const [gone, kept] = [rooms.filter(isNothing), rooms.filter((room) => !isNothing(room))];
          if (gone.length > 0) yield* rowsOf(trx, DROP, bindings({ holder, rooms: gone }));
          if (kept.length > 0)
            yield* rowsOf(trx, KEEP, { ...bindings({ holder, rooms: kept }), at: iso(at) });
          return ok(undefined);
        }),
      'read committed',
    ),
});
