import type { AccountKeys } from '../../ports/shared/account-keys.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Crc32 } from '../../ports/shared/crc32.js';
import type { Ids } from '../../ports/shared/ids.js';
import type { Pause } from '../../ports/shared/pause.js';
import type { Random } from '../../ports/shared/random.js';
import type { Sealer } from '../../ports/shared/sealer.js';
import type { ObjectStore } from '../../ports/storage/object-store.js';
import type { StorageReaders, StorageUnitOfWork } from '../../ports/storage/unit-of-work.js';

export type StorageSettings = {
  readonly maxObjectBytes: number;
  /** Regions in which a managed bucket can be made now; the first is the default. */
  readonly regions: readonly string[];
  /** How long createBucket waits for the store before it answers `pending`, in milliseconds. */
  readonly createDeadline: number;
};

/** What the use cases of storage ask of the world. */
export type StorageDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly random: Random;
  readonly crc32: Crc32;
  readonly pause: Pause;
  readonly sealer: Sealer;
  readonly accountKeys: AccountKeys;
  readonly storage: StorageUnitOfWork;
  readonly readers: StorageReaders;
  readonly objects: ObjectStore;
  readonly settings: StorageSettings;
};
