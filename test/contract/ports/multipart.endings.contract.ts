import { ok } from 'neverthrow';
import { beforeEach, expect, it } from 'vitest';
import {
  begin,
  complete,
  type Multipart,
  type Named,
  putInParts,
  putPart,
  putParts,
} from './multipart.rig.js';
import { contentOf, key, newBucket, pieces, put, putOk, text } from './object-store.rig.js';

const UPLOAD_MISSING = { kind: 'upload_missing' };

/** An upload ends once: as an object or as nothing, whoever asks at the same moment. */
export const multipartEndingsContract = (open: () => Promise<Multipart>): void => {
  let store: Multipart;
  let bucket: string;
  beforeEach(async () => {
    store = await open();
    bucket = await newBucket(store.objects);
  });
  const abort = (name: string, upload: string) => store.uploads.abort(bucket, key(name), upload);
  const refusal = async (name: string, upload: string, named: readonly Named[], options = {}) =>
    (await complete(store, bucket, name, upload, named, options))._unsafeUnwrapErr();
  const nothingAt = async (name: string) =>
    expect((await store.objects.head(bucket, key(name)))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });

  it('refuses parts that are missing, of another version, out of order, named twice, or none at all', async () => {
    const upload = await begin(store, bucket, 'k');
    const [one, two] = await putParts(store, bucket, 'k', upload, { 1: 'a', 2: 'b' });
    const other = await begin(store, bucket, 'k');
    const [foreign] = await putParts(store, bucket, 'k', other, { 1: 'a' });
    const cases: readonly [number, readonly (Named | undefined)[]][] = [
      [3, [one, { number: 3, etag: two?.etag ?? '' }]],
      [2, [one, { number: 2, etag: one?.etag ?? '' }]],
      [2, [one, { number: 2, etag: 'no etag of ours' }]],
      [1, [two, one]],
      [1, [one, one]],
      [1, [foreign]],
      [0, [{ number: 0, etag: one?.etag ?? '' }]],
      [10_001, [one, { number: 10_001, etag: two?.etag ?? '' }]],
      [1, []],
    ];
    for (const [number, named] of cases)
      expect(
        await refusal(
          'k',
          upload,
          named.flatMap((part) => part ?? []),
        ),
      ).toMatchObject({
        kind: 'invalid_part',
        number,
      });
    await nothingAt('k');
    expect(
      (
        await complete(
          store,
          bucket,
          'k',
          upload,
          [one, two].flatMap((part) => part ?? []),
        )
      ).isOk(),
    ).toBe(true);
  });

  it('says of an upload that was never begun, or of another key or bucket, that it is missing', async () => {
    const upload = await begin(store, bucket, 'k');
    const named = await putParts(store, bucket, 'k', upload, { 1: 'x' });
    const elsewhere = await newBucket(store.objects);
    const never = '0197f000-0000-7000-8000-000000000000';
    const strangers: readonly [string, string, string][] = [
      [bucket, 'other', upload],
      [elsewhere, 'k', upload],
      [bucket, 'k', never],
      [bucket, 'k', 'no id of ours'],
      [bucket, 'k', ''],
    ];
    for (const [where, name, id] of strangers) {
      const answers = [
        await putPart(store, where, name, id, 1, 'y'),
        await store.uploads.parts(where, key(name), id, { limit: 9 }),
        await complete(store, where, name, id, named),
        await store.uploads.abort(where, key(name), id),
      ];
      for (const answer of answers) expect(answer._unsafeUnwrapErr()).toEqual(UPLOAD_MISSING);
    }
    expect((await complete(store, bucket, 'k', upload, named)).isOk()).toBe(true);
  });

  it('does not read a part of an upload that is missing', async () => {
    let read = false;
    const body = async function* () {
      read = true;
      yield text('x');
    };
    const refused = await store.uploads.putPart(bucket, key('k'), 'nothing', 1, body(), { maxBytes: 9 });
    expect(refused._unsafeUnwrapErr()).toEqual(UPLOAD_MISSING);
    expect(read).toBe(false);
  });

  it('judges conditions when the object becomes visible, and keeps the upload where they do not hold', async () => {
    const upload = await begin(store, bucket, 'k');
    const named = await putParts(store, bucket, 'k', upload, { 1: 'new' });
    const failed = { kind: 'precondition_failed' };
    expect(await refusal('k', upload, named, { ifMatch: 'nothing' })).toEqual(failed);
    const old = await putOk(store.objects, bucket, 'k', 'old');
    expect(await refusal('k', upload, named, { ifNoneMatch: '*' })).toEqual(failed);
    const current = await putOk(store.objects, bucket, 'k', 'current');
    expect(await refusal('k', upload, named, { ifMatch: old.etag })).toEqual(failed);
    expect(await contentOf(store.objects, bucket, 'k')).toBe('current');
    const made = (
      await complete(store, bucket, 'k', upload, named, { ifMatch: current.etag })
    )._unsafeUnwrap();
    expect(await contentOf(store.objects, bucket, 'k')).toBe('new');
    const next = await begin(store, bucket, 'k');
    const again = await putParts(store, bucket, 'k', next, { 1: 'newer' });
    expect((await complete(store, bucket, 'k', next, again, { ifMatch: made.etag })).isOk()).toBe(true);
    const fresh = await begin(store, bucket, 'fresh');
    const first = await putParts(store, bucket, 'fresh', fresh, { 1: 'x' });
    expect((await complete(store, bucket, 'fresh', fresh, first, { ifNoneMatch: '*' })).isOk()).toBe(true);
    expect((await put(store.objects, bucket, 'fresh', 'y', { ifNoneMatch: '*' }))._unsafeUnwrapErr()).toEqual(
      failed,
    );
  });

  it('refuses an object larger than allowed, and takes one of exactly that size', async () => {
    const upload = await begin(store, bucket, 'k');
    const named = await putParts(store, bucket, 'k', upload, { 1: '12345', 2: '678' });
    expect(await refusal('k', upload, named, { maxBytes: 7 })).toEqual({
      kind: 'object_too_large',
      maxBytes: 7,
    });
    await nothingAt('k');
    expect((await complete(store, bucket, 'k', upload, named, { maxBytes: 8 })).isOk()).toBe(true);
  });

  it('answers a repeated completion with the object it made, as long as that is there', async () => {
    const upload = await begin(store, bucket, 'k', { metadata: { a: 'b' } });
    const named = await putParts(store, bucket, 'k', upload, { 1: 'x' });
    const made = (await complete(store, bucket, 'k', upload, named))._unsafeUnwrap();
    expect(await complete(store, bucket, 'k', upload, named)).toEqual(ok(made));
    expect(await complete(store, bucket, 'k', upload, named, { ifNoneMatch: '*' })).toEqual(ok(made));
    expect((await putPart(store, bucket, 'k', upload, 2, 'y'))._unsafeUnwrapErr()).toEqual(UPLOAD_MISSING);
    expect((await abort('k', upload))._unsafeUnwrapErr()).toEqual(UPLOAD_MISSING);
    await putOk(store.objects, bucket, 'k', 'other');
    expect(await refusal('k', upload, named)).toEqual(UPLOAD_MISSING);
    (await store.objects.deleteMany(bucket, [key('k')]))._unsafeUnwrap();
    expect(await refusal('k', upload, named)).toEqual(UPLOAD_MISSING);
  });

  it('knows nothing of an aborted upload any more', async () => {
    const upload = await begin(store, bucket, 'k');
    const named = await putParts(store, bucket, 'k', upload, { 1: 'x' });
    expect(await abort('k', upload)).toEqual(ok(undefined));
    expect((await abort('k', upload))._unsafeUnwrapErr()).toEqual(UPLOAD_MISSING);
    expect(await refusal('k', upload, named)).toEqual(UPLOAD_MISSING);
    expect((await putPart(store, bucket, 'k', upload, 1, 'x'))._unsafeUnwrapErr()).toEqual(UPLOAD_MISSING);
    const parts = await store.uploads.parts(bucket, key('k'), upload, { limit: 9 });
    expect(parts._unsafeUnwrapErr()).toEqual(UPLOAD_MISSING);
    await nothingAt('k');
  });

  it('says that the bucket is missing, and that uploads do not outlive it', async () => {
    const upload = await begin(store, bucket, 'k');
    const named = await putParts(store, bucket, 'k', upload, { 1: 'x' });
    expect(await store.objects.deleteBucket(bucket)).toEqual(ok(undefined));
    const missing = { kind: 'bucket_missing' };
    expect((await store.uploads.begin(bucket, key('k'), {}))._unsafeUnwrapErr()).toEqual(missing);
    expect(await refusal('k', upload, named)).toEqual(missing);
    const late = await store.uploads.putPart(bucket, key('k'), upload, 2, pieces(text('y')), { maxBytes: 9 });
    expect(late._unsafeUnwrapErr()).toEqual(UPLOAD_MISSING);
    (await store.objects.createBucket(bucket))._unsafeUnwrap();
    expect(await refusal('k', upload, named)).toEqual(UPLOAD_MISSING);
  });

  it('keeps uploads of the same key apart, and from the object', async () => {
    await putInParts(store, bucket, 'k', ['current']);
    const [one, two] = [await begin(store, bucket, 'k'), await begin(store, bucket, 'k')];
    const ofOne = await putParts(store, bucket, 'k', one, { 1: 'one' });
    const ofTwo = await putParts(store, bucket, 'k', two, { 1: 'two' });
    expect(await contentOf(store.objects, bucket, 'k')).toBe('current');
    (await complete(store, bucket, 'k', two, ofTwo))._unsafeUnwrap();
    expect(await contentOf(store.objects, bucket, 'k')).toBe('two');
    (await complete(store, bucket, 'k', one, ofOne))._unsafeUnwrap();
    expect(await contentOf(store.objects, bucket, 'k')).toBe('one');
  });
};
