import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { s3Objects } from '../../../src/adapters/s3/s3-objects.js';
import { systemClock } from '../../../src/adapters/system/clock.js';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import { startApp } from '../../support/app.js';
import { silentJournal } from '../../support/journal.js';
import { bytesOf, key, MAX, pieces, prefix, text } from '../ports/object-store.rig.js';
import { onS3, type S3World, sdk } from './s3.rig.js';

describe('/s3 as the store behind a connection of our own', () => {
  let world: S3World;
  let store: ObjectStore;
  let bucket: string;
  onS3(startApp, (opened) => {
    world = opened;
    const { accessKeyId, secretAccessKey, region, endpoint } = world.mine;
    bucket = world.mine.bucket;
    const address = { provider: 's3compat' as const, region, endpoint, accessKeyId, secretAccessKey };
    store = s3Objects({ address, journal: silentJournal, clock: systemClock });
  });

  it('puts, reads, lists, guards and deletes', async () => {
    (await store.createBucket(bucket))._unsafeUnwrap();
    const put = (name: string, body: string, more: object = {}) =>
      store.put(bucket, key(name), pieces(text(body)), { maxBytes: MAX, ...more });
    const known = (await put('a b/known', 'hello', { length: 5, contentType: 'text/plain' }))._unsafeUnwrap();
    (await put('a b/unknown', 'of no announced length'))._unsafeUnwrap();
    expect((await put('a b/known', 'x', { length: 1, ifNoneMatch: '*' }))._unsafeUnwrapErr().kind).toBe(
      'precondition_failed',
    );
    expect((await store.head(bucket, key('a b/known')))._unsafeUnwrap()).toMatchObject({
      etag: known.etag,
      size: 5,
      contentType: 'text/plain',
    });
    const part = (
      await store.get(bucket, key('a b/unknown'), { range: { first: 3, last: 4 } })
    )._unsafeUnwrap();
    expect((await bytesOf(part)).toString()).toBe('no');
    const { entries } = (await store.list(bucket, { prefix: prefix('a b/'), limit: 10 }))._unsafeUnwrap();
    expect(entries.length).toBe(2);
    const dressed = new PutObjectCommand({
      Bucket: bucket,
      Key: 'a b/dressed',
      Body: 'x',
      CacheControl: 'max-age=60',
      Metadata: { author: 'Ada' },
    });
    const client = sdk(world.mine);
    await client.send(dressed);
    client.destroy();
    expect((await store.head(bucket, key('a b/dressed')))._unsafeUnwrap().metadata).toEqual({
      author: 'Ada',
    });
    const gone = await store.deleteMany(bucket, [key('a b/known'), key('a b/unknown')]);
    expect(gone._unsafeUnwrap()).toEqual([]);
    expect((await store.head(bucket, key('a b/known')))._unsafeUnwrapErr().kind).toBe('not_found');
  });
});
