import { beforeEach, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import { bytesOf, key, newBucket, prefix, put, putOk } from './object-store.rig.js';

/** What the sender writes beside the content. */
export const objectMetadataContract = (open: () => Promise<ObjectStore>): void => {
  let store: ObjectStore;
  let bucket: string;
  beforeEach(async () => {
    store = await open();
    bucket = await newBucket(store);
  });
  const told = async (name: string) => {
    const got = (await store.get(bucket, key(name)))._unsafeUnwrap();
    await bytesOf(got);
    return [got.meta.metadata, (await store.head(bucket, key(name)))._unsafeUnwrap().metadata];
  };

  it('tells get and head what was written beside the content, and leaves it out of listings', async () => {
    const metadata = { colour: 'blue', 'two-words': 'a \'quoted\' "value"', empty: '', constructor: 'x' };
    await putOk(store, bucket, 'k', 'content', { metadata });
    expect(await told('k')).toEqual([metadata, metadata]);
    const { entries } = (await store.list(bucket, { prefix: prefix(''), limit: 9 }))._unsafeUnwrap();
    expect(entries).toMatchObject([{ type: 'file', object: { key: 'k', size: 7 } }]);
    expect(entries.map((entry) => entry.type === 'file' && entry.object.metadata)).toEqual([undefined]);
  });

  it('replaces it with the content, whatever the condition of the put', async () => {
    const first = await putOk(store, bucket, 'k', 'x', { metadata: { a: '1', b: '2' }, ifNoneMatch: '*' });
    await putOk(store, bucket, 'k', 'x', { metadata: { c: '3' }, ifMatch: first.etag });
    expect(await told('k')).toEqual([{ c: '3' }, { c: '3' }]);
    expect((await put(store, bucket, 'k', 'x', { metadata: { d: '4' }, ifNoneMatch: '*' })).isErr()).toBe(
      true,
    );
    expect(await told('k')).toEqual([{ c: '3' }, { c: '3' }]);
    await putOk(store, bucket, 'k', 'x');
    expect(await told('k')).toEqual([undefined, undefined]);
  });
};
