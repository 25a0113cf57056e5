import { Readable } from 'node:stream';
import { setTimeout as after } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import {
  bytesOf,
  contentOf,
  failingAfter,
  key,
  MAX,
  newBucket,
  pieces,
  put,
  stallingAfter,
  text,
} from './object-store.rig.js';

/** Bodies that are not what they said, or whose sender leaves: nothing of them is ever seen. */
export const objectBodiesContract = (open: () => Promise<ObjectStore>): void => {
  let store: ObjectStore;
  let bucket: string;
  beforeEach(async () => {
    store = await open();
    bucket = await newBucket(store);
  });
  const nothingAt = async (name: string) =>
    expect((await store.head(bucket, key(name)))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });

  it.each([
    ['shorter', 'four', 5],
    ['longer', 'sixsix', 5],
    ['longer than nothing', 'x', 0],
  ])('refuses a body %s than announced', async (_how, content, length) => {
    const refused = (await put(store, bucket, 'k', content, { length }))._unsafeUnwrapErr();
    expect(refused).toMatchObject({ kind: 'body_mismatch', reason: expect.stringContaining(String(length)) });
    await nothingAt('k');
  });

  it('refuses what is announced too large without reading any of it', async () => {
    let read = false;
    const body = async function* () {
      read = true;
      yield text('x');
    };
    const refused = await store.put(bucket, key('k'), body(), { length: 11, maxBytes: 10 });
    expect(refused._unsafeUnwrapErr()).toEqual({ kind: 'object_too_large', maxBytes: 10 });
    expect(read).toBe(false);
    await nothingAt('k');
  });

  it('stops reading where a body of unknown length grows too large', async () => {
    let sent = 0;
    const endless = async function* () {
      for (;;) {
        sent += 1_000;
        yield new Uint8Array(1_000);
      }
    };
    const refused = await store.put(bucket, key('k'), endless(), { maxBytes: 100_000 });
    expect(refused._unsafeUnwrapErr()).toEqual({ kind: 'object_too_large', maxBytes: 100_000 });
    expect(sent).toBe(101_000);
    await nothingAt('k');
  });

  it('takes a body of exactly the most that is allowed', async () => {
    expect((await store.put(bucket, key('k'), pieces(text('12345')), { maxBytes: 5 })).isOk()).toBe(true);
  });

  it('stores nothing when the sender fails midway', async () => {
    const body = failingAfter(new Uint8Array(300_000), new Uint8Array(5));
    const failed = await store.put(bucket, key('k'), body, { maxBytes: MAX });
    expect(failed._unsafeUnwrapErr().kind).toBe('body_mismatch');
    await nothingAt('k');
  });

  it('stores nothing when the sender fails before the first byte, though none was announced', async () => {
    for (const length of [0, undefined]) {
      const failed = await store.put(bucket, key('k'), failingAfter(), { maxBytes: MAX, length });
      expect(failed._unsafeUnwrapErr().kind).toBe('body_mismatch');
      await nothingAt('k');
    }
  });

  it('stores nothing when the sender leaves while its body stalls', async () => {
    const leaving = new AbortController();
    const body = stallingAfter(() => leaving.abort(), new Uint8Array(1_000));
    const failed = await store.put(bucket, key('k'), body, {
      length: 2_000,
      maxBytes: MAX,
      signal: leaving.signal,
    });
    expect(failed._unsafeUnwrapErr().kind).toBe('body_mismatch');
    await nothingAt('k');
  });

  it('stores nothing for a sender who left before the first byte', async () => {
    const failed = await put(store, bucket, 'k', 'x', { signal: AbortSignal.abort() });
    expect(failed._unsafeUnwrapErr().kind).toBe('body_mismatch');
    await nothingAt('k');
  });

  it('reads a stream as well as an iterator', async () => {
    const stream = Readable.from([text('str'), text('eam')]);
    expect((await store.put(bucket, key('k'), stream, { length: 6, maxBytes: MAX })).isOk()).toBe(true);
    expect(await contentOf(store, bucket, 'k')).toBe('stream');
  });

  it('stores nothing of a stream that is destroyed midway', async () => {
    const stream = new Readable({ read: () => undefined });
    stream.push(new Uint8Array(1_000));
    const failing = store.put(bucket, key('k'), stream, { length: 2_000, maxBytes: MAX });
    await after(10);
    stream.destroy();
    expect((await failing)._unsafeUnwrapErr().kind).toBe('body_mismatch');
    await nothingAt('k');
  });

  it('leaves a stream it refuses to its owner, who may still have to answer on its socket', async () => {
    const stream = Readable.from([new Uint8Array(50), new Uint8Array(60), new Uint8Array(70)]);
    const refused = await store.put(bucket, key('k'), stream, { maxBytes: 100 });
    expect(refused._unsafeUnwrapErr().kind).toBe('object_too_large');
    expect(stream.destroyed).toBe(false);
  });

  it('lets a generator it refuses clean up', async () => {
    let cleaned = false;
    const body = async function* () {
      try {
        yield new Uint8Array(50);
        yield new Uint8Array(60);
      } finally {
        cleaned = true;
      }
    };
    expect((await store.put(bucket, key('k'), body(), { maxBytes: 100 })).isErr()).toBe(true);
    expect(cleaned).toBe(true);
  });

  it('keeps objects apart that arrive at the same moment, piece by piece', async () => {
    const slow = async function* (mark: number) {
      for (let n = 0; n < 5; n += 1) {
        await after(1);
        yield new Uint8Array(10_000).fill(mark);
      }
    };
    const marks = [1, 2, 3, 4, 5, 6, 7, 8];
    await Promise.all(marks.map((mark) => store.put(bucket, key(`k${mark}`), slow(mark), { maxBytes: MAX })));
    for (const mark of marks) {
      const got = await bytesOf((await store.get(bucket, key(`k${mark}`)))._unsafeUnwrap());
      expect(Buffer.compare(got, Buffer.alloc(50_000, mark))).toBe(0);
    }
  });
};
