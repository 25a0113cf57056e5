import type { FileSystem } from '../../../src/domain/fleet/file-system.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import type { Instant } from '../../../src/domain/shared/time.js';
import type { Bucket } from '../../../src/domain/storage/bucket.js';
import type { StorageHour } from '../../../src/domain/storage/storage-hours.js';
import type { UsageReaders } from '../../../src/ports/billing/usage-readers.js';
import type { IntervalStart } from '../../../src/ports/fleet/unit-of-work.js';

export type Hour = StorageHour & { readonly accountId: AccountId; readonly bucketId: string };
export type Interval = IntervalStart & { readonly endedAt?: Instant };

/** The readers, and the meters' rows that they read. */
export type UsageRig = {
  readonly readers: UsageReaders;
  readonly addBucket: (bucket: Bucket) => Promise<void>;
  readonly addHour: (hour: Hour) => Promise<void>;
  readonly addFileSystem: (fileSystem: FileSystem) => Promise<void>;
  readonly addInterval: (interval: Interval) => Promise<void>;
};

export const anHour = (
  { accountId, id }: Pick<Bucket, 'accountId' | 'id'>,
  hour: Instant,
  over: Partial<StorageHour> = {},
): Hour => ({ accountId, bucketId: id, hour, byteMs: 0n, bytes: 0, objects: 0, lastAt: hour, ...over });

export const anInterval = (
  { id, accountId }: Pick<FileSystem, 'id' | 'accountId'>,
  startedAt: Instant,
  endedAt?: Instant,
  over: Partial<IntervalStart> = {},
): Interval => ({
  fileSystemId: id,
  accountId,
  label: 'local/local.standard',
  microsPerHour: 70_000n,
  currency: 'usd',
  startedAt,
  ...(endedAt !== undefined && { endedAt }),
  ...over,
});
