import type { Knex } from 'knex';
import { errAsync, ResultAsync } from 'neverthrow';
import type { ObjectStore, PutFailure } from '../../ports/storage/object-store.js';
import { type CommitFailure, commit } from './commit.js';
import { isPlain, rowCommitter } from './commit-rows.js';
import { admit, type Landing, land } from './land.js';
import { collect } from './receive.js';

/** Stream to disk, then one short statement. */
const putFile =
  (db: Knex, landing: Landing): ObjectStore['put'] =>
  (bucket, key, body, options) =>
    land(landing, body, options, (landed) =>
      commit(db, { ...landed, bucket, key, at: landing.clock.now() }, options),
    );

/** A doubtful commit leaves nothing that could be in the way. */
const decided = (failure: CommitFailure): ResultAsync<never, PutFailure> =>
  errAsync(
    failure.kind === 'in_doubt'
      ? { kind: 'unavailable', dependency: 'postgres', cause: failure.cause }
      : failure,
  );

/** One statement that carries the bytes, and those of others who ask no more than that: as durable as any row. */
const putRow = (db: Knex, { clock, ids, room }: Landing): ObjectStore['put'] => {
  const commitPlain = rowCommitter(db);
  return (bucket, key, body, options) =>
    admit(room, options)
      .andThen(() => new ResultAsync(collect(body, options, room)))
      .andThen((collected) => {
        const candidate = { ...collected, blob: ids.next(), bucket, key, at: clock.now() };
        const committed = isPlain(options) ? commitPlain(candidate, options) : commit(db, candidate, options);
        return committed.orElse(decided);
      });
};

/** What is announced to have fewer bytes than `smallBelow` lies in a row, all else in a file. */
export const putBlob = (db: Knex, landing: Landing, smallBelow: number): ObjectStore['put'] => {
  const [row, file] = [putRow(db, landing), putFile(db, landing)];
  return (bucket, key, body, options) =>
    (options.length !== undefined && options.length < smallBelow ? row : file)(bucket, key, body, options);
};
