import { createHash, randomBytes } from 'node:crypto';
import { ok } from 'neverthrow';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ByteRange, ObjectMeta, ObjectStore } from '../../../src/ports/storage/object-store.js';
import { objectBodiesContract } from './object-store.bodies.contract.js';
import { objectConditionsContract } from './object-store.conditions.contract.js';
import { objectListingContract } from './object-store.listing.contract.js';
import { objectHistoryContract } from './object-store.model.js';
import {
  bytesOf,
  contentOf,
  failingAfter,
  key,
  MAX,
  newBucket,
  pieces,
  prefix,
  put,
  putOk,
  text,
} from './object-store.rig.js';

export type Runs = { readonly listings: number; readonly histories: number };

/** Where stores that are not ours differ from those that are. */
export type Traits = {
  /** Whether an etag names a version, or the content, so that the same bytes have it again. */
  readonly etag: 'version' | 'content';
  /** Whether puts and listings tell all that head does, or leave out the type and the exact time. */
  readonly meta: 'whole' | 'brief';
};
const OURS: Traits = { etag: 'version', meta: 'whole' };

/** What a put, a listing and a look at an object agree on. */
export const agreed = (meta: ObjectMeta, traits: Traits): Partial<ObjectMeta> => {
  if (traits.meta === 'whole') return meta;
  const { key, size, etag } = meta;
  return { key, size, etag };
};

/** Everything an ObjectStore promises; `open` may answer the same store again, tests make buckets of their own. */
export const objectStoreContract = (
  name: string,
  open: () => Promise<ObjectStore>,
  runs: Runs,
  traits: Traits = OURS,
) =>
  describe(`ObjectStore: ${name}`, () => {
    describe('objects', () => objectsContract(open, traits));
    describe('bodies', () => objectBodiesContract(open));
    describe('conditions', () => objectConditionsContract(open));
    describe('listings', () => objectListingContract(open, runs.listings, (meta) => agreed(meta, traits)));
    describe('histories', () => objectHistoryContract(open, runs.histories));
  });

const objectsContract = (open: () => Promise<ObjectStore>, traits: Traits): void => {
  let store: ObjectStore;
  let bucket: string;
  beforeEach(async () => {
    store = await open();
    bucket = await newBucket(store);
  });

  it('gives back what was put, with its size, type and etag', async () => {
    const meta = await putOk(store, bucket, 'a/b.txt', 'hello', { contentType: 'text/plain' });
    const got = (await store.get(bucket, key('a/b.txt')))._unsafeUnwrap();
    expect(meta).toMatchObject({ key: 'a/b.txt', size: 5, contentType: 'text/plain' });
    expect(got).toMatchObject({ meta: agreed(meta, traits), from: 0, to: 4 });
    expect(got.meta.contentType).toBe('text/plain');
    expect((await bytesOf(got)).toString()).toBe('hello');
    expect(await store.head(bucket, key('a/b.txt'))).toEqual(ok(got.meta));
  });

  it('remembers what its sender wrote beside it, until it is replaced', async () => {
    const metadata = { 'mtime-in-seconds': '1700000000.123', note: 'a b=c; "d"' };
    await putOk(store, bucket, 'noted', 'x', { metadata });
    expect((await store.head(bucket, key('noted')))._unsafeUnwrap().metadata).toEqual(metadata);
    expect((await store.get(bucket, key('noted')))._unsafeUnwrap().meta.metadata).toEqual(metadata);
    await putOk(store, bucket, 'noted', 'y');
    expect((await store.head(bucket, key('noted')))._unsafeUnwrap().metadata).toBeUndefined();
  });

  it('remembers that no type was given', async () => {
    await putOk(store, bucket, 'untyped', 'x');
    expect((await store.head(bucket, key('untyped')))._unsafeUnwrap().contentType).toBeUndefined();
  });

  it('stores an object of no bytes, announced or not', async () => {
    for (const length of [0, undefined]) {
      await putOk(store, bucket, 'empty', '', { length });
      const got = (await store.get(bucket, key('empty')))._unsafeUnwrap();
      expect(got).toMatchObject({ meta: { size: 0 }, from: 0, to: -1 });
      expect(await bytesOf(got)).toHaveLength(0);
    }
  });

  it('carries 8 MiB both ways unharmed, in pieces of any size and without an announced length', async () => {
    const whole = randomBytes(8 * 1024 * 1024 + 13);
    const cuts = [0, 1, 70_000, 70_001, 1_500_000, 1_500_000, 5_000_000, whole.length];
    const chunks = cuts.slice(1).map((end, n) => whole.subarray(cuts[n], end));
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    (await store.put(bucket, key('big'), pieces(...chunks), { maxBytes: MAX }))._unsafeUnwrap();
    const got = (await store.get(bucket, key('big')))._unsafeUnwrap();
    expect(got.meta.size).toBe(whole.length);
    expect(sha256(await bytesOf(got))).toBe(sha256(whole));
  });

  const ranges: readonly [string, ByteRange, string][] = [
    ['the first byte', { first: 0, last: 0 }, '0'],
    ['the middle', { first: 3, last: 5 }, '345'],
    ['from a byte to the end', { first: 5 }, '56789'],
    ['the last bytes', { suffix: 5 }, '56789'],
    ['a suffix longer than the object', { suffix: 99 }, '0123456789'],
    ['a last byte beyond the end', { first: 8, last: 99 }, '89'],
    ['the last byte', { first: 9, last: 9 }, '9'],
  ];
  it.each(ranges)('reads a range: %s', async (_what, range, expected) => {
    await putOk(store, bucket, 'digits', '0123456789');
    const got = (await store.get(bucket, key('digits'), { range }))._unsafeUnwrap();
    expect((await bytesOf(got)).toString()).toBe(expected);
    expect([got.from, got.to]).toEqual([Number(expected[0]), Number(expected.at(-1))]);
    expect(got.meta.size).toBe(10);
  });

  it('refuses a range that holds no byte, and names the size', async () => {
    await putOk(store, bucket, 'digits', '0123456789');
    await putOk(store, bucket, 'empty', '');
    const refused = async (name: string, range: ByteRange) =>
      (await store.get(bucket, key(name), { range }))._unsafeUnwrapErr();
    expect(await refused('digits', { first: 10 })).toEqual({ kind: 'range_unsatisfiable', size: 10 });
    expect(await refused('digits', { suffix: 0 })).toEqual({ kind: 'range_unsatisfiable', size: 10 });
    expect(await refused('empty', { first: 0 })).toEqual({ kind: 'range_unsatisfiable', size: 0 });
    expect(await refused('empty', { suffix: 5 })).toEqual({ kind: 'range_unsatisfiable', size: 0 });
  });

  it('gives content that changes another etag', async () => {
    const tags = new Set<string>();
    for (const content of ['a', 'b', 'c']) tags.add((await putOk(store, bucket, 'k', content)).etag);
    expect(tags.size).toBe(3);
    for (const etag of tags) expect(etag).toMatch(/^[\x21\x23-\x7e]+$/);
  });

  it.runIf(traits.etag === 'version')(
    'gives every write an etag of its own that nobody takes for an MD5',
    async () => {
      const first = await putOk(store, bucket, 'k', 'same');
      const second = await putOk(store, bucket, 'k', 'same');
      expect(second.etag).not.toBe(first.etag);
      expect((await store.head(bucket, key('k')))._unsafeUnwrap().etag).toBe(second.etag);
      for (const { etag } of [first, second]) expect(etag).not.toMatch(/^[0-9a-f]{32}$/i);
    },
  );

  it('lets a reader who began before an overwrite or a delete finish the old version', async () => {
    const old = randomBytes(3_000_000);
    await putOk(store, bucket, 'k', old);
    const [first, second] = [0, 1].map(() => store.get(bucket, key('k')));
    const readers = [(await first!)._unsafeUnwrap(), (await second!)._unsafeUnwrap()] as const;
    await putOk(store, bucket, 'k', 'new');
    expect(Buffer.compare(await bytesOf(readers[0]), old)).toBe(0);
    (await store.deleteMany(bucket, [key('k')]))._unsafeUnwrap();
    expect(Buffer.compare(await bytesOf(readers[1]), old)).toBe(0);
  });

  it('shows one whole version while many overwrite', async () => {
    const version = (n: number) => String(n).repeat(1_000);
    await Promise.all([1, 2, 3, 4, 5, 6].map((n) => putOk(store, bucket, 'k', version(n))));
    const got = (await store.get(bucket, key('k')))._unsafeUnwrap();
    const content = (await bytesOf(got)).toString();
    expect([1, 2, 3, 4, 5, 6].map(version)).toContain(content);
    expect((await store.head(bucket, key('k')))._unsafeUnwrap()).toEqual(got.meta);
  });

  it('hands out copies, so that a reader cannot change the object', async () => {
    await putOk(store, bucket, 'k', 'original');
    for await (const chunk of (await store.get(bucket, key('k')))._unsafeUnwrap().body) chunk.fill(0);
    expect(await contentOf(store, bucket, 'k')).toBe('original');
  });

  it('stops a body that is closed early, and bears closing twice or after the end', async () => {
    await putOk(store, bucket, 'k', randomBytes(2_000_000));
    const left = (await store.get(bucket, key('k')))._unsafeUnwrap();
    left.close();
    left.close();
    await expect(bytesOf(left)).rejects.toThrow();
    const done = (await store.get(bucket, key('k'), { range: { first: 0, last: 9 } }))._unsafeUnwrap();
    expect(await bytesOf(done)).toHaveLength(10);
    done.close();
  });

  it('deletes one, many and missing keys, and nothing else', async () => {
    for (const name of ['a', 'b', 'c', 'dir/', 'dir/x']) await putOk(store, bucket, name, name);
    expect(await store.deleteMany(bucket, [key('a')])).toEqual(ok([]));
    expect(await store.deleteMany(bucket, ['a', 'dir/', 'c', 'c', 'never'].map(key))).toEqual(ok([]));
    expect(await store.deleteMany(bucket, [])).toEqual(ok([]));
    const { entries } = (await store.list(bucket, { prefix: prefix(''), limit: 10 }))._unsafeUnwrap();
    expect(entries.map((entry) => entry.type === 'file' && entry.object.key)).toEqual(['b', 'dir/x']);
    expect((await store.get(bucket, key('a')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
    expect((await store.head(bucket, key('c')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
  });

  it('keeps buckets apart', async () => {
    const other = await newBucket(store);
    await putOk(store, bucket, 'k', 'mine');
    await putOk(store, other, 'k', 'theirs');
    (await store.deleteMany(other, [key('k')]))._unsafeUnwrap();
    expect(await contentOf(store, bucket, 'k')).toBe('mine');
  });

  it('creates and deletes a bucket as often as one likes, but never one with objects in it', async () => {
    expect(await store.createBucket(bucket)).toEqual(ok(undefined));
    await putOk(store, bucket, 'k', 'x');
    expect((await store.deleteBucket(bucket))._unsafeUnwrapErr()).toEqual({ kind: 'bucket_not_empty' });
    expect(await contentOf(store, bucket, 'k')).toBe('x');
    (await store.deleteMany(bucket, [key('k')]))._unsafeUnwrap();
    expect(await store.deleteBucket(bucket)).toEqual(ok(undefined));
    expect(await store.deleteBucket(bucket)).toEqual(ok(undefined));
    expect((await store.head(bucket, key('k')))._unsafeUnwrapErr()).toEqual({ kind: 'bucket_missing' });
  });

  it('either refuses a put or the deletion of its bucket when both come at once', async () => {
    for (let round = 0; round < 8; round += 1) {
      const contested = await newBucket(store);
      const [deleted, stored] = await Promise.all([
        store.deleteBucket(contested),
        put(store, contested, 'k', 'x'),
      ]);
      const outcome = [deleted, stored].map((result) => (result.isOk() ? 'ok' : result.error.kind));
      expect([
        ['bucket_not_empty', 'ok'],
        ['ok', 'bucket_missing'],
      ]).toContainEqual(outcome);
      const found = await store.head(contested, key('k'));
      expect(found.isOk() ? 'there' : found.error.kind).toBe(stored.isOk() ? 'there' : 'bucket_missing');
    }
  });

  it('says of every call in a missing bucket that the bucket is missing', async () => {
    const nowhere = 'bucket-nowhere';
    const missing = { kind: 'bucket_missing' };
    const etag = (await putOk(store, bucket, 'k', 'x')).etag;
    expect((await put(store, nowhere, 'k', 'x'))._unsafeUnwrapErr()).toEqual(missing);
    expect((await put(store, nowhere, 'k', 'x', { ifNoneMatch: '*' }))._unsafeUnwrapErr()).toEqual(missing);
    expect((await put(store, nowhere, 'k', 'x', { ifMatch: etag }))._unsafeUnwrapErr()).toEqual(missing);
    expect((await store.get(nowhere, key('k')))._unsafeUnwrapErr()).toEqual(missing);
    expect((await store.head(nowhere, key('k')))._unsafeUnwrapErr()).toEqual(missing);
    expect((await store.deleteMany(nowhere, [key('k')]))._unsafeUnwrapErr()).toEqual(missing);
    for (const delimiter of [undefined, '/'] as const)
      expect(
        (await store.list(nowhere, { prefix: prefix(''), delimiter, limit: 5 }))._unsafeUnwrapErr(),
      ).toEqual(missing);
  });

  it('leaves the old version in place when a new one fails', async () => {
    await putOk(store, bucket, 'k', 'old');
    const failed = await store.put(bucket, key('k'), failingAfter(text('ne')), { length: 3, maxBytes: MAX });
    expect(failed._unsafeUnwrapErr().kind).toBe('body_mismatch');
    expect(await contentOf(store, bucket, 'k')).toBe('old');
  });
};
