import { beforeEach, expect, it } from 'vitest';
import { begin, complete, type Multipart, putPart, putParts } from './multipart.rig.js';
import { contentOf, key, newBucket, text } from './object-store.rig.js';

/** Of those who come at the same moment each sees an upload that is open, or one that has ended. */
export const multipartRacesContract = (open: () => Promise<Multipart>): void => {
  let store: Multipart;
  let bucket: string;
  beforeEach(async () => {
    store = await open();
    bucket = await newBucket(store.objects);
  });
  const abort = (name: string, upload: string) => store.uploads.abort(bucket, key(name), upload);
  const nothingAt = async (name: string) =>
    expect((await store.objects.head(bucket, key(name)))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });

  it('refuses a part whose upload ended while it was on its way', async () => {
    for (const end of ['abort', 'complete'] as const) {
      const upload = await begin(store, bucket, end);
      const named = await putParts(store, bucket, end, upload, { 1: 'x' });
      const body = async function* () {
        yield text('y');
        const ended = end === 'abort' ? abort(end, upload) : complete(store, bucket, end, upload, named);
        expect((await ended).isOk()).toBe(true);
      };
      const late = await store.uploads.putPart(bucket, key(end), upload, 2, body(), { maxBytes: 9 });
      expect(late._unsafeUnwrapErr()).toEqual({ kind: 'upload_missing' });
    }
    expect(await contentOf(store.objects, bucket, 'complete')).toBe('x');
    await nothingAt('abort');
  });

  it('has one outcome when completion and abortion come at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const name = `k${round}`;
      const upload = await begin(store, bucket, name);
      const named = await putParts(store, bucket, name, upload, { 1: 'a', 2: 'b' });
      const completing = () => complete(store, bucket, name, upload, named);
      const [first, second] =
        round % 2 ? [completing, () => abort(name, upload)] : [() => abort(name, upload), completing];
      const outcome = (await Promise.all([first(), second()])).map((ended) => ended.isOk());
      expect(outcome.filter(Boolean)).toHaveLength(1);
      const completed = outcome[round % 2 ? 0 : 1];
      if (completed) expect(await contentOf(store.objects, bucket, name)).toBe('ab');
      else await nothingAt(name);
    }
  });

  it('makes one object when it is completed many times at once', async () => {
    const upload = await begin(store, bucket, 'k');
    const named = await putParts(store, bucket, 'k', upload, { 1: 'a', 2: 'b' });
    const all = await Promise.all([1, 2, 3, 4].map(() => complete(store, bucket, 'k', upload, named)));
    for (const one of all) expect(one).toEqual(all[0]);
    expect(all[0]?.isOk()).toBe(true);
  });

  it('never mixes a part that is put again during completion into the object', async () => {
    for (let round = 0; round < 10; round += 1) {
      const name = `k${round}`;
      const upload = await begin(store, bucket, name);
      const named = await putParts(store, bucket, name, upload, { 1: 'a', 2: 'b' });
      const [completed, part] = await Promise.all([
        complete(store, bucket, name, upload, named),
        putPart(store, bucket, name, upload, 2, 'other'),
      ]);
      if (completed.isOk()) {
        expect(await contentOf(store.objects, bucket, name)).toBe('ab');
      } else {
        expect(completed.error).toMatchObject({ kind: 'invalid_part', number: 2 });
        const again = [...named.slice(0, 1), { number: 2, etag: part._unsafeUnwrap().etag }];
        expect((await complete(store, bucket, name, upload, again)).isOk()).toBe(true);
        expect(await contentOf(store.objects, bucket, name)).toBe('aother');
      }
    }
  });

  it('lets one of several uploads win where the object may only be created', async () => {
    const begun = await Promise.all(
      [1, 2, 3, 4].map(async (n) => {
        const upload = await begin(store, bucket, 'k');
        return { n, upload, named: await putParts(store, bucket, 'k', upload, { 1: `${n}` }) };
      }),
    );
    const outcomes = await Promise.all(
      begun.map(({ upload, named }) => complete(store, bucket, 'k', upload, named, { ifNoneMatch: '*' })),
    );
    const winners = begun.filter((_, index) => outcomes[index]?.isOk());
    expect(winners).toHaveLength(1);
    expect(await contentOf(store.objects, bucket, 'k')).toBe(`${winners[0]?.n}`);
  });

  it('either completes or deletes the bucket when both come at once', async () => {
    for (let round = 0; round < 8; round += 1) {
      const contested = await newBucket(store.objects);
      const upload = await begin(store, contested, 'k');
      const named = await putParts(store, contested, 'k', upload, { 1: 'x' });
      const [deleted, completed] = await Promise.all([
        store.objects.deleteBucket(contested),
        complete(store, contested, 'k', upload, named),
      ]);
      const outcome = [deleted, completed].map((result) => (result.isOk() ? 'ok' : result.error.kind));
      expect([
        ['bucket_not_empty', 'ok'],
        ['ok', 'bucket_missing'],
      ]).toContainEqual(outcome);
    }
  });
};
