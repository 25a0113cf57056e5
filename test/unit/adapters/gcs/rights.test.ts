import { setTimeout as pause } from 'node:timers/promises';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { ForeignStore } from '../../../../src/ports/storage/foreign-stores.js';
import { contentOf, key, newBucket, prefix, put, putOk } from '../../../contract/ports/object-store.rig.js';
import { gcsStoreOn, googleOn } from '../../../support/gcs-server/clients.js';
import { onGcs } from '../../../support/gcs-server/stage.js';
import type { GcsServer } from '../../../support/gcs-server.js';

describe('gcs: rights, and what they concern', () => {
  let server: GcsServer;
  let store: ForeignStore;
  let bucket: string;
  onGcs((stage) => {
    ({ server, store, bucket } = stage);
  });

  it('says of everything that the account may not do that it may not', async () => {
    await putOk(store, bucket, 'k', 'x');
    for (const right of ['create', 'get', 'list', 'delete'] as const) server.deny(`storage.objects.${right}`);
    const refusals = [
      await put(store, bucket, 'new', 'x'),
      await store.get(bucket, key('k')),
      await store.head(bucket, key('k')),
      await store.list(bucket, { prefix: prefix(''), limit: 1 }),
    ];
    for (const refused of refusals)
      expect(refused._unsafeUnwrapErr()).toEqual({
        kind: 'store_denied',
        reason: expect.stringMatching(/does not have storage\.objects\.\w+ access/),
      });
    const [refused] = (await store.deleteMany(bucket, [key('k')]))._unsafeUnwrap();
    expect(refused).toEqual({ key: 'k', reason: expect.stringContaining('storage.objects.delete') });
  });

  it('needs the right to delete for an overwrite, as the service has it', async () => {
    await putOk(store, bucket, 'k', 'old');
    server.deny('storage.objects.delete');
    expect((await put(store, bucket, 'k', 'new'))._unsafeUnwrapErr().kind).toBe('store_denied');
    expect(await contentOf(store, bucket, 'k')).toBe('old');
  });

  it('names the keys it may not delete, and deletes the others, few at a time', async () => {
    const names = Array.from({ length: 60 }, (_, n) => `k${n}`);
    for (const name of names) await putOk(store, bucket, name, 'x');
    server.deny('storage.objects.delete', (name) => ['k3', 'k30', 'k59'].includes(name));
    let [now, most] = [0, 0];
    server.holdBack(async () => {
      most = Math.max(most, ++now);
      await pause(2);
      now -= 1;
    });
    const errors = (await store.deleteMany(bucket, names.map(key)))._unsafeUnwrap();
    expect(errors.map((error) => error.key).sort()).toEqual(['k3', 'k30', 'k59']);
    expect(most).toBeGreaterThan(8);
    expect(most).toBeLessThanOrEqual(16);
    server.recover();
    const left = (await store.list(bucket, { prefix: prefix(''), limit: 100 }))._unsafeUnwrap();
    expect(left.entries.map((entry) => entry.type === 'file' && entry.object.key)).toEqual([
      'k3',
      'k30',
      'k59',
    ]);
  });

  it('tells a missing object from a missing bucket without any right on buckets, or to list', async () => {
    server.deny('storage.buckets.get');
    expect((await store.head(bucket, key('k')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
    expect((await store.head('bucket-nowhere', key('k')))._unsafeUnwrapErr()).toEqual({
      kind: 'bucket_missing',
    });
    server.deny('storage.objects.list');
    expect((await store.head(bucket, key('k')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
  });

  it('says nothing of the type where the service knows none, or only that it is bytes', async () => {
    for (const contentType of [undefined, 'application/octet-stream']) {
      await putOk(store, bucket, 'k', 'x', { contentType });
      expect((await store.head(bucket, key('k')))._unsafeUnwrap().contentType).toBeUndefined();
    }
  });

  it('hands on what the service says of names it does not take: those with a line break', async () => {
    const refused = (await put(store, bucket, 'two\nlines', 'x'))._unsafeUnwrapErr();
    expect(refused).toEqual({ kind: 'store_denied', reason: expect.stringContaining('object name') });
    expect((await store.head('No Bucket', key('k')))._unsafeUnwrapErr().kind).toBe('bucket_missing');
  });

  it('forgets uploads as often as one likes', async () => {
    const upload = { bucket, key: key('k'), uploadId: 'any' };
    expect(await store.abortUpload(upload)).toEqual(ok(undefined));
  });

  it('makes buckets where it is told, closed to the public; a name that others hold is not made', async () => {
    const located = gcsStoreOn(server, { location: 'EUROPE-WEST3' });
    const name = await newBucket(located);
    const shown = await googleOn(server).bucket(name).getMetadata();
    expect(shown[0]).toMatchObject({
      location: 'EUROPE-WEST3',
      iamConfiguration: { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } },
    });
    server.deny('storage.buckets.get');
    expect((await located.createBucket(name))._unsafeUnwrapErr().kind).toBe('unavailable');
    server.deny('storage.buckets.delete');
    expect((await located.deleteBucket(name))._unsafeUnwrapErr().kind).toBe('unavailable');
  });
});
