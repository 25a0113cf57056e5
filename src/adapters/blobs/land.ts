import { link, open } from 'node:fs/promises';
import { errAsync, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { Bytes } from '../../ports/storage/object-store.js';
import { onDisk, onDiskFreeing, removeFile } from './disk.js';
import type { InDoubt } from './in-doubt.js';
import type { Layout } from './layout.js';
import { type Announced, type Received, type Refused, receive } from './receive.js';
import type { Room } from './room.js';
import type { Shards } from './shards.js';
import type { Writer } from './writer.js';

export type Landing = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly layout: Layout;
  readonly room: Room;
  readonly shards: Shards;
  readonly writer: Writer;
};
/** A durable file that no row names yet. */
export type Landed = Received & { readonly writer: string; readonly blob: string };
/** The two names of one file: the undecided one, and the one a row makes an object's. */
type Names = { readonly pending: string; readonly object: string; readonly shard: string };

/** What can be known before a byte was read. */
export const admit = (room: Room, { length, maxBytes }: Announced): ResultAsync<void, Refused> =>
  length !== undefined && length > maxBytes
    ? errAsync({ kind: 'object_too_large', maxBytes })
    : room(length ?? 0);

const written = async (
  names: Names,
  body: Bytes,
  options: Announced,
  room: Room,
): Promise<Result<Received, Refused>> => {
  const handle = await open(names.pending, 'wx', 0o600);
  try {
    const received = await receive(handle, body, options, room);
    if (received.isErr()) return received;
    await link(names.pending, names.object);
    await handle.datasync();
    return received;
  } finally {
    await handle.close();
  }
};

/**
 * Bytes to disk, durable under both names. The second name comes by `link`, so that until its row has
 * committed a blob stays listed in its writer's directory: what a dead process leaves in doubt is
 * exactly what that directory holds, and no shard is ever searched. It comes before the flush, so that
 * a journal which flushes names and data together has nothing left to do when the directory's turn comes.
 */
const toDisk = (
  { room, shards }: Landing,
  names: Names,
  body: Bytes,
  options: Announced,
): ResultAsync<Received, Refused> =>
  onDisk(async () => {
    const received = await written(names, body, options, room);
    if (received.isOk()) await shards.sync(names.shard);
    return received;
  }).andThen((received) => received);

/** What failed takes its file along; the pending name goes last, so that dying in between forgets nothing. */
const discard = ({ pending, object }: Names): ResultAsync<void, never> =>
  onDiskFreeing(() => removeFile(object).then(() => removeFile(pending))).orElse(() => okAsync(undefined));

/** Decided: what is left of this name when it fails goes with the writer's directory. */
const forget = ({ pending }: Names): ResultAsync<void, never> =>
  onDiskFreeing(() => removeFile(pending)).orElse(() => okAsync(undefined));

/**
 * Streams a body to disk and then has it named by a row: nothing is locked while a sender takes its time. The
 * file stays only if `name` succeeds, or if nobody can know whether it did.
 */
export const land = <T, E extends { readonly kind: string }>(
  deps: Landing,
  body: Bytes,
  options: Announced,
  name: (landed: Landed) => ResultAsync<T, E | InDoubt>,
): ResultAsync<T, Exclude<E, InDoubt> | Refused | Unavailable> =>
  admit(deps.room, options)
    .andThen(deps.writer.current)
    .andThen((writer) => {
      const { clock, ids, layout } = deps;
      const blob = ids.next();
      const names = {
        pending: layout.pending(writer, blob),
        object: layout.object(blob),
        shard: layout.shard(blob),
      };
      const fail = (failure: E | InDoubt | Refused) => {
        if (!isInDoubt(failure))
          return discard(names).andThen(() =>
            errAsync<never, Exclude<E, InDoubt> | Refused>(failure as Exclude<E, InDoubt> | Refused),
          );
        deps.writer.doubts.set(blob, clock.now());
        return errAsync<never, Unavailable>({
          kind: 'unavailable',
          dependency: 'postgres',
          cause: failure.cause,
        });
      };
      return toDisk(deps, names, body, options)
        .andThen((received) => name({ writer, blob, ...received }))
        .andThen((made) => forget(names).map(() => made))
        .orElse(fail);
    });

const isInDoubt = (failure: { readonly kind: string }): failure is InDoubt => failure.kind === 'in_doubt';
