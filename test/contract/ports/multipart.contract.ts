import fc from 'fast-check';
import { ok } from 'neverthrow';
import { beforeEach, describe, expect, it } from 'vitest';
import { multipartEndingsContract } from './multipart.endings.contract.js';
import { multipartListingContract } from './multipart.listing.contract.js';
import { multipartRacesContract } from './multipart.races.contract.js';
import { begin, complete, type Multipart, putInParts, putPart, putParts } from './multipart.rig.js';
import {
  bytesOf,
  contentOf,
  failingAfter,
  key,
  MAX,
  newBucket,
  prefix,
  putOk,
  text,
} from './object-store.rig.js';

/** Everything MultipartUploads promises; `open` may answer the same store again, tests make buckets of their own. */
export const multipartContract = (name: string, open: () => Promise<Multipart>, numRuns: number) =>
  describe(`MultipartUploads: ${name}`, () => {
    describe('parts become an object', () => multipartObjectsContract(open, numRuns));
    describe('endings', () => multipartEndingsContract(open));
    describe('races', () => multipartRacesContract(open));
    describe('listings', () => multipartListingContract(open));
  });

const multipartObjectsContract = (open: () => Promise<Multipart>, numRuns: number): void => {
  let store: Multipart;
  let bucket: string;
  beforeEach(async () => {
    store = await open();
    bucket = await newBucket(store.objects);
  });
  const head = async (name: string) => (await store.objects.head(bucket, key(name)))._unsafeUnwrap();

  it('joins parts by number whatever the order they came in, gaps allowed', async () => {
    const upload = await begin(store, bucket, 'k');
    const late = await putParts(store, bucket, 'k', upload, { 10000: 'three' });
    const early = await putParts(store, bucket, 'k', upload, { 2: 'one ', 7: 'two ' });
    const made = (await complete(store, bucket, 'k', upload, [...early, ...late]))._unsafeUnwrap();
    expect(made).toMatchObject({ key: 'k', size: 13 });
    expect(await contentOf(store.objects, bucket, 'k')).toBe('one two three');
    expect(await head('k')).toEqual(made);
  });

  it('shows nothing before it is completed', async () => {
    const upload = await begin(store, bucket, 'k');
    await putParts(store, bucket, 'k', upload, { 1: 'x' });
    expect((await store.objects.head(bucket, key('k')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
    const { entries } = (await store.objects.list(bucket, { prefix: prefix(''), limit: 9 }))._unsafeUnwrap();
    expect(entries).toEqual([]);
  });

  it('gives the object the type and the metadata that the upload began with', async () => {
    const described = { contentType: 'text/plain', metadata: { colour: 'blå', 'x-y': '' } };
    const upload = await begin(store, bucket, 'k', described);
    const named = await putParts(store, bucket, 'k', upload, { 1: 'x' });
    expect((await complete(store, bucket, 'k', upload, named))._unsafeUnwrap()).toMatchObject(described);
    expect(await head('k')).toMatchObject(described);
    const got = (await store.objects.get(bucket, key('k')))._unsafeUnwrap();
    expect(got.meta).toMatchObject(described);
    expect((await bytesOf(got)).toString()).toBe('x');
  });

  it('keeps nothing of the object before, neither type nor metadata, and the other way round', async () => {
    await putOk(store.objects, bucket, 'k', 'old', { contentType: 'text/a', metadata: { a: '1' } });
    await putInParts(store, bucket, 'k', ['new']);
    expect([(await head('k')).contentType, (await head('k')).metadata]).toEqual([undefined, undefined]);
    await putOk(store.objects, bucket, 'k', 'newest', { metadata: { b: '2' } });
    expect(await head('k')).toMatchObject({ size: 6, metadata: { b: '2' } });
    expect(await contentOf(store.objects, bucket, 'k')).toBe('newest');
  });

  it('takes the last version of a part that was put twice', async () => {
    const upload = await begin(store, bucket, 'k');
    const [first] = await putParts(store, bucket, 'k', upload, { 1: 'first, longer' });
    const [second] = await putParts(store, bucket, 'k', upload, { 1: 'second' });
    expect(first?.etag).not.toBe(second?.etag);
    const refused = await complete(store, bucket, 'k', upload, [{ number: 1, etag: first?.etag ?? '' }]);
    expect(refused._unsafeUnwrapErr()).toMatchObject({ kind: 'invalid_part', number: 1 });
    expect((await complete(store, bucket, 'k', upload, [second ?? first!])).isOk()).toBe(true);
    expect(await contentOf(store.objects, bucket, 'k')).toBe('second');
  });

  it('forgets the parts that are not named', async () => {
    const upload = await begin(store, bucket, 'k');
    const named = await putParts(store, bucket, 'k', upload, { 1: 'a', 2: 'b', 3: 'c', 4: 'd' });
    const some = named.filter(({ number }) => number % 2 === 0);
    expect((await complete(store, bucket, 'k', upload, some))._unsafeUnwrap().size).toBe(2);
    expect(await contentOf(store.objects, bucket, 'k')).toBe('bd');
  });

  it('takes parts of no bytes, and an object of nothing else', async () => {
    await putInParts(store, bucket, 'gaps', ['', 'a', '', 'b', '']);
    expect(await contentOf(store.objects, bucket, 'gaps')).toBe('ab');
    await putInParts(store, bucket, 'empty', ['']);
    const got = (await store.objects.get(bucket, key('empty')))._unsafeUnwrap();
    expect(got).toMatchObject({ from: 0, to: -1, meta: { size: 0 } });
    expect(await bytesOf(got)).toHaveLength(0);
  });

  it('gives etags that nobody takes for an MD5', async () => {
    const { etag } = await putInParts(store, bucket, 'k', ['x']);
    expect((await putInParts(store, bucket, 'k', ['x'])).etag).not.toBe(etag);
    expect(etag).not.toMatch(/^[0-9a-f]{32}$/i);
    expect(etag).toMatch(/^[\x21\x23-\x7e]+$/);
  });

  it('refuses a part that is not what was announced, and keeps the version before', async () => {
    const upload = await begin(store, bucket, 'k');
    const named = await putParts(store, bucket, 'k', upload, { 1: 'good' });
    const kindOf = async (content: string, options: object) =>
      (await putPart(store, bucket, 'k', upload, 1, content, options))._unsafeUnwrapErr().kind;
    expect(await kindOf('four', { length: 5 })).toBe('body_mismatch');
    expect(await kindOf('six six', { length: 6 })).toBe('body_mismatch');
    expect(await kindOf('x', { signal: AbortSignal.abort() })).toBe('body_mismatch');
    expect(await kindOf('12345', { maxBytes: 4 })).toBe('object_too_large');
    const body = failingAfter(text('half'));
    const failed = await store.uploads.putPart(bucket, key('k'), upload, 1, body, { maxBytes: MAX });
    expect(failed._unsafeUnwrapErr().kind).toBe('body_mismatch');
    expect((await complete(store, bucket, 'k', upload, named)).isOk()).toBe(true);
    expect(await contentOf(store.objects, bucket, 'k')).toBe('good');
  });

  it('lets a reader who began before an overwrite or a delete finish the old version', async () => {
    const parts = Array.from({ length: 30 }, (_, n) => String.fromCharCode(65 + n).repeat(100_000));
    await putInParts(store, bucket, 'k', parts);
    const whole = (await store.objects.get(bucket, key('k')))._unsafeUnwrap();
    const range = { first: 150_000, last: 349_999 };
    const some = (await store.objects.get(bucket, key('k'), { range }))._unsafeUnwrap();
    await putInParts(store, bucket, 'k', ['new']);
    (await store.objects.deleteMany(bucket, [key('k')]))._unsafeUnwrap();
    expect((await bytesOf(some)).toString()).toBe(parts.join('').slice(150_000, 350_000));
    expect((await bytesOf(whole)).equals(Buffer.from(parts.join('')))).toBe(true);
  });

  it('stops a body that is closed early, and bears closing twice or after the end', async () => {
    await putInParts(
      store,
      bucket,
      'k',
      Array.from({ length: 12 }, () => Buffer.alloc(200_000)),
    );
    for (const range of [{ first: 0 }, { first: 0, last: 500_000 }]) {
      const left = (await store.objects.get(bucket, key('k'), { range }))._unsafeUnwrap();
      left.close();
      left.close();
      await expect(bytesOf(left)).rejects.toThrow();
    }
    const done = (await store.objects.get(bucket, key('k'), { range: { suffix: 9 } }))._unsafeUnwrap();
    expect(await bytesOf(done)).toHaveLength(9);
    done.close();
  });

  it('agrees with one long buffer about every range, wherever the borders of the parts are', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 24 });
    const spans = fc.array(fc.tuple(fc.nat(400), fc.nat(120)), { minLength: 1, maxLength: 8 });
    const property = fc.asyncProperty(sizes, spans, async (lengths, asked) => {
      const parts = lengths.map((length, n) =>
        Buffer.from(Array.from({ length }, (_, at) => (n * 41 + at) % 251)),
      );
      const model = Buffer.concat(parts);
      await putInParts(store, bucket, 'k', parts);
      for (const [first, more] of asked) {
        const got = await store.objects.get(bucket, key('k'), { range: { first, last: first + more } });
        const expected = model.subarray(first, first + more + 1);
        if (expected.length > 0) expect((await bytesOf(got._unsafeUnwrap())).equals(expected)).toBe(true);
        else expect(got._unsafeUnwrapErr()).toEqual({ kind: 'range_unsatisfiable', size: model.length });
      }
      expect((await bytesOf((await store.objects.get(bucket, key('k')))._unsafeUnwrap())).equals(model)).toBe(
        true,
      );
    });
    await fc.assert(property, { numRuns });
  });

  it('lists the object like any other, without its metadata', async () => {
    const upload = await begin(store, bucket, 'dir/k', { contentType: 'text/plain', metadata: { a: 'b' } });
    const named = await putParts(store, bucket, 'dir/k', upload, { 1: 'x', 2: 'y' });
    const { metadata: _, ...made } = (await complete(store, bucket, 'dir/k', upload, named))._unsafeUnwrap();
    for (const given of [prefix('dir/'), prefix('')]) {
      const { entries } = (await store.objects.list(bucket, { prefix: given, limit: 9 }))._unsafeUnwrap();
      expect(entries).toEqual([{ type: 'file', object: made }]);
      expect(entries[0]?.type === 'file' && entries[0].object.metadata).toBeUndefined();
    }
    expect(await store.objects.deleteMany(bucket, [key('dir/k')])).toEqual(ok([]));
  });
};
