import { link, open } from 'node:fs/promises';
import type { Knex } from 'knex';
import { errAsync, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type { Clock } from '../../ports/shared/clock.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { Bytes, ObjectStore, PutFailure, PutOptions } from '../../ports/storage/object-store.js';
import { type CommitFailure, commit } from './commit.js';
import { onDisk, onDiskFreeing, removeFile } from './disk.js';
import type { Layout } from './layout.js';
import { type Received, type Refused, receive } from './receive.js';
import type { Room } from './room.js';
import type { Shards } from './shards.js';
import type { Writer } from './writer.js';

type Deps = {
  readonly db: Knex;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly layout: Layout;
  readonly room: Room;
  readonly shards: Shards;
  readonly writer: Writer;
};
/** The two names of one file: the undecided put's, and the one a row makes an object's. */
type Names = { readonly pending: string; readonly object: string; readonly shard: string };

/** What can be known before a byte was read. */
const admit = (room: Room, { length, maxBytes }: PutOptions): ResultAsync<void, PutFailure> =>
  length !== undefined && length > maxBytes
    ? errAsync({ kind: 'object_too_large', maxBytes })
    : room(length ?? 0);

const written = async (
  names: Names,
  body: Bytes,
  options: PutOptions,
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
const land = (
  { room, shards }: Deps,
  names: Names,
  body: Bytes,
  options: PutOptions,
): ResultAsync<Received, Refused> =>
  onDisk(async () => {
    const received = await written(names, body, options, room);
    if (received.isOk()) await shards.sync(names.shard);
    return received;
  }).andThen((received) => received);

/** A failed put takes its file along; the pending name goes last, so that dying in between forgets nothing. */
const discard = ({ pending, object }: Names): ResultAsync<void, never> =>
  onDiskFreeing(() => removeFile(object).then(() => removeFile(pending))).orElse(() => okAsync(undefined));

/** Decided: what is left of this name when it fails goes with the writer's directory. */
const forget = ({ pending }: Names): ResultAsync<void, never> =>
  onDiskFreeing(() => removeFile(pending)).orElse(() => okAsync(undefined));

/** Stream to disk, then one short statement: nothing is locked while a sender takes its time. */
export const putBlob = (deps: Deps): ObjectStore['put'] => {
  const { db, clock, ids, layout, room, writer } = deps;
  return (bucket, key, body, options) =>
    admit(room, options)
      .andThen(writer.current)
      .andThen((owner) => {
        const blob = ids.next();
        const names = {
          pending: layout.pending(owner, blob),
          object: layout.object(blob),
          shard: layout.shard(blob),
        };
        const fail = (failure: Refused | CommitFailure): ResultAsync<never, PutFailure> => {
          if (failure.kind !== 'in_doubt') return discard(names).andThen(() => errAsync(failure));
          writer.doubts.set(blob, clock.now());
          return errAsync({ kind: 'unavailable', dependency: 'postgres', cause: failure.cause });
        };
        return land(deps, names, body, options)
          .andThen((received) =>
            commit(db, { writer: owner, blob, bucket, key, at: clock.now(), ...received }, options),
          )
          .andThen((meta) => forget(names).map(() => meta))
          .orElse(fail);
      });
};
