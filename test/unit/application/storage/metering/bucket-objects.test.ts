import { errAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { memoryObjects } from '../../../../../src/adapters/memory/storage/object-store.js';
import { systemIds } from '../../../../../src/adapters/system/ids.js';
import { bucketObjects } from '../../../../../src/application/storage/metering/bucket-objects.js';
import type { Bucket } from '../../../../../src/domain/storage/bucket.js';
import type { ObjectKey } from '../../../../../src/domain/storage/object-key.js';
import type { ObjectStore } from '../../../../../src/ports/storage/object-store.js';
import { DOWN, kindOf, stage, value } from './stage.js';

const BUCKET = 'th-bucket';
const body = async function* (bytes: number) {
  yield new Uint8Array(bytes);
};

/** A managed bucket in a store that tells nobody what it replaced or deleted, as S3 does. */
const silent = async (change: (store: ObjectStore) => Partial<ObjectStore> = () => ({})) => {
  const on = stage();
  const store = memoryObjects({ clock: on.clock, ids: systemIds });
  await value(store.createBucket(BUCKET));
  let heads = 0;
  const { tellsFreed: _, ...rest } = store;
  const objects: ObjectStore = {
    ...rest,
    head: (...given) => {
      heads += 1;
      return store.head(...given);
    },
    put: (bucket, key, bytes, { freed: _freed, ...options }) => store.put(bucket, key, bytes, options),
    deleteMany: (bucket, keys) => store.deleteMany(bucket, keys),
    ...change(store),
  };
  const metering = on.process();
  const bucket = { accountId: on.bucket.accountId, id: on.bucket.bucketId, bucketName: BUCKET } as Bucket;
  const within = bucketObjects({ objects, metering }, bucket);
  return {
    ...on,
    within,
    heads: () => heads,
    put: (key: string, bytes: number) =>
      within.put(key as ObjectKey, body(bytes), { length: bytes, maxBytes: 10_000 }),
    size: async () => {
      await value(metering.tally.flush());
      const [size] = await value(on.meter.sizesOf(on.bucket.accountId));
      return size && [size.bytes, size.objects];
    },
  };
};

describe('A managed bucket in a store that tells nothing', () => {
  it('is asked before a put what it replaces, and before a deletion what goes', async () => {
    const { put, within, size, heads } = await silent();
    await value(put('k', 100));
    await value(put('k', 30));
    await value(put('l', 5));
    expect([await size(), heads()]).toEqual([[35, 2], 3]);
    await value(within.deleteMany(['k' as ObjectKey]));
    await value(within.deleteMany(['k' as ObjectKey]));
    expect(await size()).toEqual([5, 1]);
  });

  it('is believed to hold what was listed of it, but for what it refuses to delete', async () => {
    const refused = { key: 'b' as ObjectKey, reason: 'held' };
    const { put, within, size, heads } = await silent((store) => ({
      deleteMany: (bucket, keys) =>
        store
          .deleteMany(
            bucket,
            keys.filter((key) => key !== 'b'),
          )
          .map(() => [refused]),
    }));
    for (const key of ['a', 'b', 'c']) await value(put(key, 10));
    const asked = heads();
    const sizes = new Map(['a', 'b', 'c'].map((key) => [key as ObjectKey, 10]));
    await value(within.deleteMany([...sizes.keys()], sizes));
    expect([await size(), heads()]).toEqual([[10, 1], asked]);
  });

  it('stores what is sent even if it cannot be asked: the listing puts that right', async () => {
    const { put, size } = await silent(() => ({ head: () => errAsync(DOWN) }));
    await value(put('k', 100));
    await value(put('k', 30));
    expect(await size()).toEqual([130, 2]);
    expect(await kindOf(put('k', 900))).toBe('storage_quota_exceeded');
  });
});
