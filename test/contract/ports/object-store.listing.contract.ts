import fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { objectKey } from '../../../src/domain/storage/object-key.js';
import type {
  Listing,
  ListRequest,
  ObjectMeta,
  ObjectStore,
} from '../../../src/ports/storage/object-store.js';
import { bytesOf, key, newBucket, prefix, put, putOk } from './object-store.rig.js';

/** Pieces that some layer between a caller and the bytes might want to decode, escape, fold or reorder. */
// biome-ignore format: fifty lines of one piece each would hide the list
const PIECES = [
  'a', 'b', 'B', '0', '/', '//', ' ', '+', '%', '%20', '%2F', '_', '?', '#', '&', '=', '\\', "'", '"', '`', '$', '*',
  ';', ':', '-', '~', '\t', '\n', '\u0001', '\u007f', 'é', 'e\u0301', 'ß', '漢', '\ud7ff', '\ue000', '\uffff', '😀', '\u{10ffff}',
];
const texts = (max: number) =>
  fc.array(fc.constantFrom(...PIECES), { maxLength: max }).map((parts) => parts.join(''));
const keys = texts(6).filter((text) => objectKey(text).isOk());

const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a listing holds, said once more and simply: cut each key behind the first slash past the prefix. */
const expected = (
  all: readonly string[],
  { prefix: start, delimiter, after }: Omit<ListRequest, 'limit'>,
) => {
  const names = all
    .filter((name) => name.startsWith(start))
    .map((name) => {
      const [first = '', ...rest] = name.slice(start.length).split('/');
      return delimiter && rest.length > 0 ? `${start}${first}/ (folder)` : name;
    });
  const plain = (name: string) => name.replace(/ \(folder\)$/, '');
  return [...new Set(names)]
    .filter((name) => after === undefined || bytewise(plain(name), after) > 0)
    .sort((a, b) => bytewise(plain(a), plain(b)));
};
const shown = ({ entries }: Listing): string[] =>
  entries.map((entry) => (entry.type === 'file' ? entry.object.key : `${entry.prefix} (folder)`));

const pagesOf = async (store: ObjectStore, bucket: string, request: ListRequest): Promise<Listing[]> => {
  const pages: Listing[] = [];
  for (let after = request.after; ; after = pages.at(-1)?.next) {
    pages.push((await store.list(bucket, { ...request, after }))._unsafeUnwrap());
    if (pages.at(-1)?.next === undefined) return pages;
  }
};

export const objectListingContract = (
  open: () => Promise<ObjectStore>,
  numRuns: number,
  agreed: (meta: ObjectMeta) => Partial<ObjectMeta> = (meta) => meta,
): void => {
  let store: ObjectStore;
  let bucket: string;
  beforeEach(async () => {
    store = await open();
    bucket = await newBucket(store);
  });
  const fill = async (names: readonly string[]) =>
    Promise.all(names.map((name) => putOk(store, bucket, name, name)));
  const list = async (request: Partial<ListRequest> = {}) =>
    (await store.list(bucket, { prefix: prefix(''), limit: 1_000, ...request }))._unsafeUnwrap();

  it('shows what is in a bucket, entry by entry as head shows it', async () => {
    await fill(['b', 'a/x']);
    const { entries, next } = await list();
    expect(next).toBeUndefined();
    for (const entry of entries) {
      if (entry.type !== 'file') throw new Error('no delimiter, no folders');
      const head = (await store.head(bucket, entry.object.key))._unsafeUnwrap();
      expect(agreed(entry.object)).toEqual(agreed(head));
    }
    expect(entries).toHaveLength(2);
  });

  it('shows nothing of an empty bucket, and of a prefix nothing begins with', async () => {
    expect(await list({ delimiter: '/' })).toEqual({ entries: [] });
    await fill(['a']);
    expect(await list({ prefix: prefix('b'), delimiter: '/' })).toEqual({ entries: [] });
  });

  it('rolls folders up beside the files of their level', async () => {
    await fill(['a', 'a/1', 'a/2/3', 'a0', 'b/', 'c//x', '/lead']);
    expect(shown(await list({ delimiter: '/' }))).toEqual([
      '/ (folder)',
      'a',
      'a/ (folder)',
      'a0',
      'b/ (folder)',
      'c/ (folder)',
    ]);
    expect(shown(await list({ delimiter: '/', prefix: prefix('a/') }))).toEqual(['a/1', 'a/2/ (folder)']);
    expect(shown(await list({ delimiter: '/', prefix: prefix('b/') }))).toEqual(['b/']);
    expect(shown(await list({ delimiter: '/', prefix: prefix('c/') }))).toEqual(['c// (folder)']);
    expect(shown(await list({ delimiter: '/', prefix: prefix('a') }))).toEqual(['a', 'a/ (folder)', 'a0']);
  });

  it('orders by the bytes of UTF-8, where JavaScript would put an emoji before U+FFFF', async () => {
    await fill(['\uffff', '😀', '\ue000', 'z', 'é', 'A', 'a']);
    expect(shown(await list())).toEqual(['A', 'a', 'z', 'é', '\ue000', '\uffff', '😀']);
  });

  it('takes a prefix literally, whatever a pattern language makes of it', async () => {
    const names = ['100%', '100x', 'a_b', 'axb', 'a\\b', 'a*', 'a[b', "it's"];
    await fill(names);
    for (const name of names) expect(shown(await list({ prefix: prefix(name) }))).toEqual([name]);
  });

  it('keeps composed and decomposed spellings apart', async () => {
    await fill(['\u00e9', 'e\u0301']);
    expect(shown(await list())).toEqual(['e\u0301', '\u00e9']);
  });

  it('names no next page when the last one is exactly full', async () => {
    await fill(['a', 'b', 'c', 'd']);
    const pages = await pagesOf(store, bucket, { prefix: prefix(''), limit: 2 });
    expect(pages.map((page) => page.entries.length)).toEqual([2, 2]);
  });

  it('goes through deep folders page by page without repeating or losing one', async () => {
    const names = Array.from({ length: 60 }, (_, n) => `d/${'x/'.repeat(n % 7)}f${n % 5}/${n}`);
    await fill(names);
    for (const delimiter of [undefined, '/'] as const) {
      const request = { prefix: prefix('d/'), delimiter, limit: 3 };
      const pages = await pagesOf(store, bucket, request);
      expect(pages.flatMap(shown)).toEqual(expected(names, request));
    }
  });

  it('holds keys of 1024 bytes', async () => {
    const long = ['k'.repeat(1024), '😀'.repeat(256), `${'d/'.repeat(511)}xy`, '\u{10ffff}'.repeat(256)];
    await fill(long);
    expect(shown(await list())).toEqual([...long].sort(bytewise));
    expect(shown(await list({ prefix: prefix(long[3]!) }))).toEqual([long[3]]);
    expect(shown(await list({ prefix: prefix(long[2]!.slice(0, -2)), delimiter: '/' }))).toEqual([long[2]]);
  });

  it('keeps every key byte for byte', async () => {
    const property = fc.asyncProperty(keys, async (name) => {
      (await put(store, bucket, name, name))._unsafeUnwrap();
      const got = (await store.get(bucket, key(name)))._unsafeUnwrap();
      expect(got.meta.key).toBe(name);
      expect((await bytesOf(got)).toString()).toBe(name);
      expect(shown(await list({ prefix: prefix(name), limit: 1 }))).toEqual([name]);
      (await store.deleteMany(bucket, [key(name)]))._unsafeUnwrap();
      expect((await store.head(bucket, key(name))).isErr()).toBe(true);
    });
    await fc.assert(property, { numRuns });
  });

  it('agrees with cutting and sorting by hand, for any keys, prefix, start and page size', async () => {
    const requests = fc.record({
      names: fc.uniqueArray(keys, { maxLength: 20 }),
      start: fc.tuple(fc.nat(), fc.nat(4), texts(1)),
      from: fc.option(fc.tuple(fc.nat(), fc.nat(8), texts(2)), { nil: undefined }),
      delimiter: fc.constantFrom(undefined, '/' as const),
      limit: fc.integer({ min: 1, max: 4 }),
    });
    // Beginnings of real keys, now and then with something appended.
    const beginning = (names: readonly string[], [n, length, more]: readonly [number, number, string]) =>
      [...(names[n % Math.max(1, names.length)] ?? '')].slice(0, length).join('') + (n % 3 === 0 ? more : '');
    const property = fc.asyncProperty(requests, async ({ names, start, from, delimiter, limit }) => {
      bucket = await newBucket(store);
      await fill(names);
      const after = from && beginning(names, from);
      const request = { prefix: prefix(beginning(names, start)), delimiter, limit, after };
      const pages = await pagesOf(store, bucket, request);
      expect(pages.flatMap(shown)).toEqual(expected(names, request));
      for (const page of pages.slice(0, -1)) expect(page.entries).toHaveLength(limit);
      if (pages.length > 1) expect(pages.at(-1)?.entries).not.toHaveLength(0);
    });
    await fc.assert(property, { numRuns });
  });
};
