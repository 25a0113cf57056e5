import { memoryUsageReaders } from '../../../src/adapters/memory/billing/usage-readers.js';
import { TABLES as FLEET } from '../../../src/adapters/memory/fleet/rows.js';
import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { idOf } from '../../../src/adapters/memory/shared/rows.js';
import { TABLES as STORAGE } from '../../../src/adapters/memory/storage/rows.js';
import { usageReadersContract } from './usage-readers.contract.js';

usageReadersContract('memory', async () => {
  const store = memoryStore();
  const put = async (table: string, id: string, row: object): Promise<void> =>
    (await store.run((tx) => tx.table(table).put(id, row)))._unsafeUnwrap();
  return {
    readers: memoryUsageReaders(store),
    addBucket: (bucket) => put(STORAGE.buckets, bucket.id, bucket),
    addHour: (hour) => put(STORAGE.storageHours, idOf(hour.bucketId, hour.hour), hour),
    addFileSystem: (fileSystem) => put(FLEET.fileSystems, fileSystem.id, fileSystem),
    addInterval: (interval) =>
      put(FLEET.intervals, idOf(interval.fileSystemId, interval.startedAt), interval),
  };
});
