import fc from 'fast-check';
import type { ResultAsync } from 'neverthrow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StorageSize } from '../../../src/domain/storage/storage-size.js';
import type { MultipartUploads } from '../../../src/ports/storage/multipart.js';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import { key, MAX, newBucket, pieces, put, putOk, text } from './object-store.rig.js';

const value = async <T>(result: ResultAsync<T, unknown>): Promise<T> => (await result)._unsafeUnwrap();

type Store = { readonly objects: ObjectStore; readonly uploads: MultipartUploads };

/** What stores of our own tell of what they replace and delete. */
export const freedContract = (name: string, open: () => Promise<Store>, runs: number) =>
  describe(`what is freed: ${name}`, () => {
    let objects: ObjectStore;
    let uploads: MultipartUploads;
    beforeAll(async () => {
      ({ objects, uploads } = await open());
    });
    const listener = () => {
      const told: StorageSize[] = [];
      return { told, freed: ({ bytes, objects: n }: StorageSize) => void told.push({ bytes, objects: n }) };
    };
    const NOTHING = { bytes: 0, objects: 0 };
    const size = (bytes: number, n = 1) => ({ bytes, objects: n });

    it('is told of puts, conditional or not, small or large, and of none that failed', async () => {
      const bucket = await newBucket(objects);
      const { told, freed } = listener();
      const first = await putOk(objects, bucket, 'k', 'four', { freed });
      await putOk(objects, bucket, 'k', 'x'.repeat(5_000), { freed, ifMatch: first.etag });
      await putOk(objects, bucket, 'k', '', { freed });
      await putOk(objects, bucket, 'k', 'of unknown length', { freed, length: undefined });
      await putOk(objects, bucket, 'new', 'n', { freed, ifNoneMatch: '*' });
      expect(told).toEqual([NOTHING, size(4), size(5_000), size(0), NOTHING]);
      for (const options of [{ ifNoneMatch: '*' as const }, { ifMatch: first.etag }, { length: 99 }])
        expect((await put(objects, bucket, 'k', 'five!', { freed, ...options })).isErr()).toBe(true);
      expect(told).toHaveLength(5);
    });

    it('is told of deletions: each object once, and nothing for what was not there', async () => {
      const bucket = await newBucket(objects);
      const { told, freed } = listener();
      for (const [name, content] of Object.entries({ a: '1', b: '22', c: '333' }))
        await putOk(objects, bucket, name, content);
      const remove = (...names: readonly string[]) =>
        value(objects.deleteMany(bucket, names.map(key), freed));
      await remove('a', 'b', 'a', 'none');
      await remove('a');
      await remove();
      expect((await objects.deleteMany('no-such-bucket', [key('c')], freed)).isErr()).toBe(true);
      await remove('c');
      expect(told).toEqual([size(3, 2), NOTHING, NOTHING, size(3)]);
    });

    it('is told by whoever completes an upload, and not again; its parts lie in the store until then', async () => {
      const bucket = await newBucket(objects);
      const other = await newBucket(objects);
      const { told, freed } = listener();
      await putOk(objects, bucket, 'k', 'before');
      const open = async () => (await uploads.begin(bucket, key('k'), {}))._unsafeUnwrap().id;
      const id = await open();
      const part = async (number: number, content: string, upload = id) => {
        const bytes = text(content);
        const options = { length: bytes.length, maxBytes: MAX };
        const sent = uploads.putPart(bucket, key('k'), upload, number, pieces(bytes), options);
        return { number, etag: (await sent)._unsafeUnwrap().etag };
      };
      const lying = async (...buckets: readonly string[]) =>
        (await uploads.openBytes(buckets))._unsafeUnwrap();
      await part(1, 'replaced by the next');
      const one = await part(1, '12345');
      await part(2, 'left out');
      expect([await lying(bucket), await lying(other), await lying(), await lying(other, bucket)]).toEqual([
        13, 0, 0, 13,
      ]);
      const complete = () => uploads.complete(bucket, key('k'), id, [one], { maxBytes: MAX, freed });
      expect((await complete())._unsafeUnwrap().size).toBe(5);
      expect((await complete())._unsafeUnwrap().size).toBe(5);
      expect([told, await lying(bucket)]).toEqual([[size(6)], 0]);
      await putOk(objects, bucket, 'k', 'after', { freed });
      expect(told.at(-1)).toEqual(size(5));
      const aborted = await open();
      await part(1, '123', aborted);
      expect(await lying(bucket)).toBe(3);
      await value(uploads.abort(bucket, key('k'), aborted));
      expect(await lying(bucket)).toBe(0);
    });

    it('sums up to what is there, whoever races whom', async () => {
      const act = fc.record({
        name: fc.constantFrom('a', 'b', 'c'),
        bytes: fc.option(fc.integer({ min: 0, max: 50 })),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(act, { maxLength: 12 }), async (acts) => {
          const bucket = await newBucket(objects);
          const ledger = { bytes: 0, objects: 0 };
          const freed = (gone: StorageSize) => {
            ledger.bytes -= gone.bytes;
            ledger.objects -= gone.objects;
          };
          await Promise.all(
            acts.map(async ({ name: of, bytes }) => {
              if (bytes === null) return void (await value(objects.deleteMany(bucket, [key(of)], freed)));
              const { size: stored } = await putOk(objects, bucket, of, 'x'.repeat(bytes), { freed });
              ledger.bytes += stored;
              ledger.objects += 1;
            }),
          );
          const { entries } = (
            await objects.list(bucket, { prefix: '' as never, limit: 1_000 })
          )._unsafeUnwrap();
          const sizes = entries.map((entry) => (entry.type === 'file' ? entry.object.size : 0));
          expect(ledger).toEqual({ bytes: sizes.reduce((a, b) => a + b, 0), objects: sizes.length });
        }),
        { numRuns: runs },
      );
    });
  });
