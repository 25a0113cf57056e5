import type { Knex } from 'knex';
import { uuidv7 } from 'uuidv7';
import { knexStorageAllotments } from '../../../src/adapters/knex/storage/allotments.js';
import { knexStorageCounts } from '../../../src/adapters/knex/storage/counts.js';
import { knexStorageMeter } from '../../../src/adapters/knex/storage/meter.js';
import { knexStorage } from '../../../src/adapters/knex/storage/unit-of-work.js';
import type { MemoryStore } from '../../../src/adapters/memory/kit/store.js';
import { memoryStorageAllotments } from '../../../src/adapters/memory/storage/allotments.js';
import { memoryStorageCounts } from '../../../src/adapters/memory/storage/counts.js';
import { memoryStorageMeter } from '../../../src/adapters/memory/storage/meter.js';
import { TABLES } from '../../../src/adapters/memory/storage/rows.js';
import type { HourRow } from '../../../src/adapters/memory/storage/storage-ledger.js';
import { memoryStorage } from '../../../src/adapters/memory/storage/unit-of-work.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { type Instant, instant } from '../../../src/domain/shared/time.js';
import type { Bucket, BucketStatus } from '../../../src/domain/storage/bucket.js';
import type { StorageHour } from '../../../src/domain/storage/storage-hours.js';
import type { Sealed } from '../../../src/ports/shared/sealer.js';
import type { StorageAllotments } from '../../../src/ports/storage/allotments.js';
import type { MeteredBucket, StorageCounts, StorageMeter } from '../../../src/ports/storage/meter.js';
import type { StorageUnitOfWork } from '../../../src/ports/storage/unit-of-work.js';
import type { TestDatabase } from '../../support/postgres.js';
import { insertAccount, QUOTAS } from './shared.rig.js';

export type MeterRig = {
  readonly meter: StorageMeter;
  readonly allotments: StorageAllotments;
  readonly counts: StorageCounts;
  readonly units: StorageUnitOfWork;
  readonly newAccount: () => Promise<AccountId>;
  /** A bucket's hours, in order, as whoever bills reads them. */
  readonly hoursOf: (bucketId: string) => Promise<readonly StorageHour[]>;
};

export const START = instant(Date.UTC(2026, 0, 31, 12));
const deps = { ids: { next: uuidv7 }, quotas: { ...QUOTAS, buckets: 1_000 } };

export const memoryMeterRig = (store: MemoryStore): MeterRig => ({
  meter: memoryStorageMeter(store),
  allotments: memoryStorageAllotments(store),
  counts: memoryStorageCounts(store),
  units: memoryStorage(store, deps),
  newAccount: async () => uuidv7() as AccountId,
  hoursOf: async (bucketId) =>
    (await store.read<HourRow>(TABLES.storageHours).all())
      ._unsafeUnwrap()
      .filter((row) => row.bucketId === bucketId)
      .map(({ accountId: _, bucketId: __, ...hour }) => hour)
      .sort((a, b) => a.hour - b.hour),
});

export const knexMeterRig = (database: TestDatabase): MeterRig => {
  const db: Knex = database.db;
  return {
    meter: knexStorageMeter(db),
    allotments: knexStorageAllotments(db),
    counts: knexStorageCounts(db),
    units: knexStorage(db, deps),
    newAccount: () => insertAccount(database),
    hoursOf: async (bucketId) =>
      (await db('storage_hours').where({ bucket_id: bucketId }).orderBy('hour')).map((row) => ({
        hour: instant(row.hour.getTime()),
        byteMs: BigInt(row.byte_ms),
        bytes: Number(row.bytes),
        objects: Number(row.objects),
        lastAt: instant(row.last_at.getTime()),
      })),
  };
};

export const bucketOf = (accountId: AccountId): MeteredBucket => ({ accountId, bucketId: uuidv7() });

/** A bucket with a row of its own, made at this moment. */
export const aBucket = async (
  { units, newAccount }: MeterRig,
  createdAt: Instant,
  status: BucketStatus = 'active',
): Promise<MeteredBucket> => {
  const { accountId, bucketId: id } = bucketOf(await newAccount());
  const bucket: Bucket = {
    id,
    version: 1,
    accountId,
    name: `bucket-${id}`,
    bucketName: `th-${id}`,
    region: 'local',
    accessKeyId: `TH${id}`,
    status,
    createdAt,
    updatedAt: createdAt,
  };
  (await units.run((tx) => tx.buckets.add(bucket, 'sealed' as unknown as Sealed)))._unsafeUnwrap();
  return { accountId, bucketId: id };
};

/** Something that comes to a bucket, or with a minus leaves it. */
export const change = (bucket: MeteredBucket, at: Instant, bytes: number) => {
  const [some, none] = [
    { bytes: Math.abs(bytes), objects: 1 },
    { bytes: 0, objects: 0 },
  ];
  return { ...bucket, at, added: bytes < 0 ? none : some, freed: bytes < 0 ? some : none };
};
