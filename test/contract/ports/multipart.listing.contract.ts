import { ok } from 'neverthrow';
import { beforeEach, expect, it } from 'vitest';
import type { UploadMeta } from '../../../src/ports/storage/multipart.js';
import { begin, complete, type Multipart, putPart, putParts } from './multipart.rig.js';
import { key, newBucket, prefix, putOk } from './object-store.rig.js';

/** What is told of uploads that are still open: their parts by number, themselves by key and id. */
export const multipartListingContract = (open: () => Promise<Multipart>): void => {
  let store: Multipart;
  let bucket: string;
  beforeEach(async () => {
    store = await open();
    bucket = await newBucket(store.objects);
  });
  type Page = { readonly after?: number; readonly limit: number };
  const parts = async (upload: string, page: Page) =>
    (await store.uploads.parts(bucket, key('k'), upload, page))._unsafeUnwrap();
  const uploads = async (start: string, limit: number, after?: { key: string; id: string }) =>
    (await store.uploads.uploads(bucket, { prefix: prefix(start), limit, after }))._unsafeUnwrap();
  const allPages = async (start: string, limit: number): Promise<readonly UploadMeta[]> => {
    const seen: UploadMeta[] = [];
    for (;;) {
      const last = seen.at(-1);
      const page = await uploads(start, limit, last && { key: last.key, id: last.id });
      seen.push(...page.uploads);
      if (!page.more) return seen;
      expect(page.uploads).toHaveLength(limit);
    }
  };

  it('tells what each part is, as its put did, with the version that counts', async () => {
    const upload = await begin(store, bucket, 'k');
    await putParts(store, bucket, 'k', upload, { 3: 'replaced' });
    const third = (await putPart(store, bucket, 'k', upload, 3, 'ccc'))._unsafeUnwrap();
    const first = (await putPart(store, bucket, 'k', upload, 1, 'a'))._unsafeUnwrap();
    expect([first, third]).toMatchObject([
      { number: 1, size: 1 },
      { number: 3, size: 3 },
    ]);
    expect(await parts(upload, { limit: 9 })).toEqual({ parts: [first, third] });
  });

  it('tells of no parts before the first', async () => {
    const upload = await begin(store, bucket, 'k');
    expect(await parts(upload, { limit: 9 })).toEqual({ parts: [] });
  });

  it('pages through parts by number, and says when there are no more', async () => {
    const upload = await begin(store, bucket, 'k');
    await putParts(store, bucket, 'k', upload, { 1: 'a', 2: 'b', 5: 'c', 9: 'd', 10000: 'e' });
    const numbers = async (page: Page) => {
      const { parts: found, next } = await parts(upload, page);
      return [found.map(({ number }) => number), next];
    };
    expect(await numbers({ limit: 2 })).toEqual([[1, 2], 2]);
    expect(await numbers({ limit: 2, after: 2 })).toEqual([[5, 9], 9]);
    expect(await numbers({ limit: 2, after: 9 })).toEqual([[10_000], undefined]);
    expect(await numbers({ limit: 5 })).toEqual([[1, 2, 5, 9, 10_000], undefined]);
    expect(await numbers({ limit: 5, after: 10_000 })).toEqual([[], undefined]);
  });

  it('lists open uploads by key in the byte order of UTF-8, then by id, page by page', async () => {
    const names = ['b', 'a', 'dir/x', 'ﬀ', '😀', 'a', 'dir/', 'dir0', 'A'];
    const begun: { key: string; id: string }[] = [];
    for (const name of names) begun.push({ key: name, id: await begin(store, bucket, name) });
    const bytes = ({ key: name, id }: { key: string; id: string }) => Buffer.from(`${name}\0${id}`);
    const sorted = begun.sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
    for (const limit of [1, 2, 4, 9, 100])
      expect((await allPages('', limit)).map(({ key: name, id }) => ({ key: name, id }))).toEqual(sorted);
    const within = sorted.filter(({ key: name }) => name.startsWith('dir/'));
    expect((await allPages('dir/', 1)).map(({ id }) => id)).toEqual(within.map(({ id }) => id));
  });

  it('goes on after a key and id that are not there, before or beyond the prefix too', async () => {
    const id = await begin(store, bucket, 'm/1');
    const found = async (after: { key: string; id: string }) =>
      (await uploads('m/', 9, after)).uploads.map((upload) => upload.id);
    expect(await found({ key: 'a', id: '' })).toEqual([id]);
    expect(await found({ key: 'm/', id: 'zzz' })).toEqual([id]);
    expect(await found({ key: 'm/1', id: '' })).toEqual([id]);
    expect(await found({ key: 'm/1', id })).toEqual([]);
    expect(await found({ key: 'm/1', id: 'not an id' })).toEqual([]);
    expect(await found({ key: 'z', id: '' })).toEqual([]);
  });

  it('tells when an upload began, and forgets it once it has ended', async () => {
    const begun = (await store.uploads.begin(bucket, key('k'), {}))._unsafeUnwrap();
    const aborted = await begin(store, bucket, 'aborted');
    await putOk(store.objects, bucket, 'object', 'x');
    (await store.uploads.abort(bucket, key('aborted'), aborted))._unsafeUnwrap();
    expect(await store.uploads.uploads(bucket, { prefix: prefix(''), limit: 9 })).toEqual(
      ok({ uploads: [begun], more: false }),
    );
    const named = await putParts(store, bucket, 'k', begun.id, { 1: 'x' });
    (await complete(store, bucket, 'k', begun.id, named))._unsafeUnwrap();
    expect(await uploads('', 9)).toEqual({ uploads: [], more: false });
  });

  it('says that the bucket is missing', async () => {
    const refused = await store.uploads.uploads('bucket-nowhere', { prefix: prefix(''), limit: 9 });
    expect(refused._unsafeUnwrapErr()).toEqual({ kind: 'bucket_missing' });
  });
};
