import { setTimeout as pause } from 'node:timers/promises';
import { err, ok } from 'neverthrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Blobs } from '../../../src/adapters/blobs/blob-objects.js';
import { MINUTE } from '../../../src/domain/shared/time.js';
import type { StorageSize } from '../../../src/domain/storage/storage-size.js';
import {
  type BlobsRig,
  blobsRig,
  contentOf,
  key,
  newBucket,
  prefix,
  put,
  putOk,
} from './object-store.rig.js';

/** Beyond what one statement takes. */
const MANY = 150;
const SMALL_BELOW = 1_024;

describe('blobs: small objects put and read at once', () => {
  let rig: BlobsRig;
  let small: Blobs;
  beforeAll(async () => {
    rig = await blobsRig();
    small = rig.another({ smallBelow: SMALL_BELOW });
    (await small.startWriter())._unsafeUnwrap();
  });
  afterAll(() => rig.close());
  /** Bytes that neither an object nor the sweep knows of. */
  const orphans = (): Promise<unknown[]> => {
    const { db } = rig.database;
    return db('blob_bytes')
      .whereNotIn('blob_id', db('blob_objects').select('blob_id'))
      .whereNotIn('blob_id', db('blob_garbage').select('blob_id'));
  };
  const names = Array.from({ length: MANY }, (_, n) => `key-${n}`);
  /** No two of one length, the first of none. */
  const contentFor = (name: string, n: number) => `${name} `.repeat(n).slice(0, n);

  it('keeps each under its own name, with its own bytes and type', async () => {
    const { objects } = small;
    const buckets = [await newBucket(objects), await newBucket(objects)];
    const at = (n: number) => buckets[n % 2] ?? '';
    const stored = await Promise.all(
      names.map((name, n) =>
        putOk(objects, at(n), name, contentFor(name, n), n % 3 === 0 ? {} : { contentType: `text/${n}` }),
      ),
    );
    const heads = await Promise.all(names.map((name, n) => objects.head(at(n), key(name))));
    expect(heads.map((found) => found._unsafeUnwrap())).toEqual(stored);
    expect(stored.map(({ size }) => size)).toEqual(names.map((_, n) => n));
    const read = await Promise.all(names.map((name, n) => contentOf(objects, at(n), name)));
    expect(read).toEqual(names.map(contentFor));
    expect((await rig.files()).objects).toEqual([]);
  });

  it('answers for each what is so of it: found, not there, no such bucket', async () => {
    const { objects } = small;
    const bucket = await newBucket(objects);
    await putOk(objects, bucket, 'here', 'content');
    const kinds = await Promise.all(
      [
        [bucket, 'here'],
        [bucket, 'gone'],
        ['no-such-bucket', 'here'],
        [bucket, 'here'],
      ].map(async ([of = '', name = '']) =>
        (await objects.get(of, key(name))).match(
          ({ meta }) => meta.key,
          ({ kind }) => kind,
        ),
      ),
    );
    expect(kinds).toEqual(['here', 'not_found', 'bucket_missing', 'here']);
  });

  it('refuses a put into a bucket that is not there, and no other', async () => {
    const { objects } = small;
    const bucket = await newBucket(objects);
    const [one, lost, other] = await Promise.all([
      put(objects, bucket, 'one', '1'),
      put(objects, 'no-such-bucket', 'k', 'x'),
      put(objects, bucket, 'other', '2'),
    ]);
    expect([one?.isOk(), other?.isOk()]).toEqual([true, true]);
    expect(lost).toEqual(err({ kind: 'bucket_missing' }));
    expect(await contentOf(objects, bucket, 'other')).toBe('2');
  });

  it('lets one of those under one name be the last, and makes garbage of the others', async () => {
    const { objects } = small;
    const bucket = await newBucket(objects);
    const told: StorageSize[] = [];
    const freed = (size: StorageSize) => void told.push(size);
    await putOk(objects, bucket, 'k', 'x'.repeat(SMALL_BELOW));
    const contents = ['a', 'bb', 'ccc', 'dddd'];
    await Promise.all(contents.map((content) => putOk(objects, bucket, 'k', content, { freed })));
    const last = await contentOf(objects, bucket, 'k');
    const gone = told.map(({ bytes }) => bytes).sort((a, b) => a - b);
    const replaced = [
      ...contents.filter((content) => content !== last).map((one) => one.length),
      SMALL_BELOW,
    ];
    expect(gone).toEqual(replaced);
    rig.clock.advance(MINUTE + 1);
    expect(await small.sweepGarbage()).toEqual(ok({ removed: contents.length, more: false }));
    expect(await contentOf(objects, bucket, 'k')).toBe(last);
  });

  it('forgets what an earlier version said beside its content', async () => {
    const { objects } = small;
    const bucket = await newBucket(objects);
    await putOk(objects, bucket, 'k', 'old', { metadata: { by: 'somebody' }, contentType: 'text/plain' });
    await putOk(objects, bucket, 'k', 'new');
    const { metadata, contentType } = (await objects.head(bucket, key('k')))._unsafeUnwrap();
    expect([metadata, contentType]).toEqual([undefined, undefined]);
  });

  it('puts in opposite order from two processes without either waiting for the other for ever', async () => {
    const other = rig.another({ smallBelow: SMALL_BELOW });
    (await other.startWriter())._unsafeUnwrap();
    const bucket = await newBucket(small.objects);
    const some = names.slice(0, 60);
    for (let round = 0; round < 5; round += 1) {
      const outcomes = await Promise.all([
        ...some.map((name) => put(small.objects, bucket, name, 'one')),
        ...some.toReversed().map((name) => put(other.objects, bucket, name, 'other')),
      ]);
      expect(outcomes.filter((outcome) => outcome.isErr())).toEqual([]);
    }
  });

  it('waits for whoever deletes the bucket at this moment, and then stores nothing there', async () => {
    const { objects } = small;
    const [doomed, other] = [await newBucket(objects), await newBucket(objects)];
    const deletion = await rig.database.db.transaction();
    await deletion('blob_buckets').where({ name: doomed }).forUpdate();
    const puts = [put(objects, doomed, 'k', 'lost'), put(objects, other, 'k', 'kept')];
    const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await expect.poll(async () => (await rig.database.db.raw(waiting)).rows).toHaveLength(1);
    await deletion('blob_buckets').where({ name: doomed }).delete();
    await deletion.commit();
    const [lost, kept] = await Promise.all(puts);
    expect([lost, kept?.isOk()]).toEqual([err({ kind: 'bucket_missing' }), true]);
    expect(await orphans()).toEqual([]);
  });

  it('leaves nothing in a bucket that is deleted meanwhile, and never keeps what it refused', async () => {
    for (let round = 0; round < 12; round += 1) {
      const bucket = await newBucket(small.objects);
      const puts = Promise.all(names.slice(0, 20).map((name) => put(small.objects, bucket, name, name)));
      await pause(round % 4);
      const deleted = await rig.objects.deleteBucket(bucket);
      const outcomes = await puts;
      const stored = outcomes.filter((outcome) => outcome.isOk()).length;
      const left = await small.objects.list(bucket, { prefix: prefix(''), limit: 1_000 });
      // A deletion that came first keeps all out; one that came later finds the bucket occupied and leaves it.
      if (deleted.isOk()) expect([stored, left]).toEqual([0, err({ kind: 'bucket_missing' })]);
      else expect(left._unsafeUnwrap().entries).toHaveLength(stored);
    }
    expect(await orphans()).toEqual([]);
  });
});
