import type { Knex } from 'knex';
import type { ResultAsync } from 'neverthrow';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { ObjectStore } from '../../ports/storage/object-store.js';
import { createBucket, deleteBucket, deleteMany } from './buckets.js';
import { onDiskFreeing } from './disk.js';
import { getBlob } from './get.js';
import { layoutOf } from './layout.js';
import { listBlobs } from './list.js';
import { findObject } from './object-row.js';
import { putBlob } from './put.js';
import { roomIn } from './room.js';
import { openShards } from './shards.js';
import { endWriter, type Swept, sweepDeadWriters, sweepGarbage } from './sweeps.js';
import { leasedWriter } from './writer.js';

export type BlobOptions = {
  readonly db: Knex;
  /** Where the bytes go; one directory of one host, shared by all of its processes. */
  readonly directory: string;
  /** Names the host: other hosts, with directories of their own, may share the database. */
  readonly host: string;
  /** Puts are refused that would leave less room on the disk than this. */
  readonly freeSpaceFloor: number;
  readonly clock: Clock;
  readonly ids: Ids;
};

/** The store, and what its process has to do for it: a lease while it writes, sweeps every now and then. */
export type Blobs = {
  readonly objects: ObjectStore;
  /** Before the first put. */
  readonly startWriter: () => ResultAsync<void, Unavailable>;
  /** Every 15 s while the process lives. */
  readonly renewWriter: () => ResultAsync<void, Unavailable>;
  /** After the last put. */
  readonly stopWriter: () => ResultAsync<void, Unavailable>;
  readonly sweepGarbage: () => ResultAsync<Swept, Unavailable>;
  readonly sweepDeadWriters: () => ResultAsync<number, Unavailable>;
};

/** Objects as rows in PostgreSQL and files beside it. */
export const blobObjects = ({ db, directory, host, freeSpaceFloor, clock, ids }: BlobOptions): Blobs => {
  const layout = layoutOf(directory);
  const writer = leasedWriter({ db, clock, ids, host, layout });
  const shards = openShards();
  const room = roomIn(directory, freeSpaceFloor, clock);
  const sweeping = { db, clock, host, layout, writer };
  return {
    objects: {
      createBucket: createBucket(db),
      deleteBucket: deleteBucket(db),
      put: putBlob({ db, clock, ids, layout, room, shards, writer }),
      get: getBlob(db, layout),
      head: (bucket, key) => findObject(db, bucket, key),
      list: listBlobs(db),
      deleteMany: deleteMany(db, clock),
    },
    startWriter: writer.start,
    renewWriter: writer.renew,
    stopWriter: () => endWriter(sweeping).andThen(() => onDiskFreeing(shards.close)),
    sweepGarbage: () => sweepGarbage(sweeping),
    sweepDeadWriters: () => sweepDeadWriters(sweeping),
  };
};
