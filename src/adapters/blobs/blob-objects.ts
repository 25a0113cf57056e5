import type { Knex } from 'knex';
import type { ResultAsync } from 'neverthrow';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { MultipartUploads } from '../../ports/storage/multipart.js';
import type { ObjectStore } from '../../ports/storage/object-store.js';
import { createBucket, deleteBucket, deleteMany } from './buckets.js';
import { completeUpload } from './complete.js';
import { onDiskFreeing } from './disk.js';
import { getBlob } from './get.js';
import { layoutOf } from './layout.js';
import { listBlobs } from './list.js';
import { findObject, wholeMetaOf } from './object-row.js';
import { putBlob } from './put.js';
import { putPart } from './put-part.js';
import { leasedReaders } from './readers.js';
import { roomIn } from './room.js';
import { openShards } from './shards.js';
import { type Swept, sweepGarbage, sweepUploads } from './sweep-garbage.js';
import { endWriter, sweepDeadWriters } from './sweep-writers.js';
import { abortUpload, beginUpload, listParts, listUploads, openBytes } from './uploads.js';
import { leasedWriter } from './writer.js';

export type BlobOptions = {
  readonly db: Knex;
  /** Where the bytes go; one directory of one host, shared by all of its processes. */
  readonly directory: string;
  /** Names the host: other hosts, with directories of their own, may share the database. */
  readonly host: string;
  /** Puts are refused that would leave less room on the disk than this. */
  readonly freeSpaceFloor: number;
  /** Objects announced to have fewer bytes than this lie in a row of the database, not in a file; 0: none do. */
  readonly smallBelow?: number;
  readonly clock: Clock;
  readonly ids: Ids;
};

/** The store, and what its process has to do for it: a lease while it writes, sweeps every now and then. */
export type Blobs = {
  readonly objects: ObjectStore;
  readonly uploads: MultipartUploads;
  /** Before the first put. */
  readonly startWriter: () => ResultAsync<void, Unavailable>;
  /** Every 15 s while the process lives. */
  readonly renewWriter: () => ResultAsync<void, Unavailable>;
  /** After the last put. */
  readonly stopWriter: () => ResultAsync<void, Unavailable>;
  readonly sweepGarbage: () => ResultAsync<Swept, Unavailable>;
  /** Aborts uploads that nobody will complete any more. */
  readonly sweepUploads: () => ResultAsync<Swept, Unavailable>;
  readonly sweepDeadWriters: () => ResultAsync<number, Unavailable>;
};

/** Objects as rows in PostgreSQL and files beside it. */
export const blobObjects = ({
  db,
  directory,
  host,
  freeSpaceFloor,
  smallBelow = 0,
  clock,
  ids,
}: BlobOptions): Blobs => {
  const layout = layoutOf(directory);
  const writer = leasedWriter({ db, clock, ids, host, layout });
  const shards = openShards();
  const room = roomIn(directory, freeSpaceFloor, clock);
  const landing = { clock, ids, layout, room, shards, writer };
  const readers = leasedReaders({ db, clock, ids });
  const sweeping = { db, clock, host, layout, writer };
  return {
    objects: {
      tellsFreed: true,
      createBucket: createBucket(db),
      deleteBucket: deleteBucket(db, clock),
      put: putBlob(db, landing, smallBelow),
      get: getBlob({ db, layout, readers }),
      head: (bucket, key) => findObject(db, bucket, key).map(wholeMetaOf),
      list: listBlobs(db),
      deleteMany: deleteMany(db, clock),
    },
    uploads: {
      begin: beginUpload(db, clock, ids),
      putPart: putPart(db, landing),
      parts: listParts(db),
      uploads: listUploads(db),
      openBytes: openBytes(db),
      complete: completeUpload(db, clock),
      abort: abortUpload(db, clock),
    },
    startWriter: writer.start,
    renewWriter: writer.renew,
    stopWriter: () => endWriter(sweeping).andThen(() => onDiskFreeing(shards.close)),
    sweepGarbage: () => sweepGarbage(sweeping),
    sweepUploads: () => sweepUploads(sweeping),
    sweepDeadWriters: () => sweepDeadWriters(sweeping),
  };
};
