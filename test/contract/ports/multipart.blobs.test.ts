import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { ok } from 'neverthrow';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../../src/domain/shared/time.js';
import { multipartContract } from './multipart.contract.js';
import { begin, complete, putInParts, putPart, putParts } from './multipart.rig.js';
import {
  type BlobsRig,
  blobsRig,
  bytesOf,
  contentOf,
  key,
  newBucket,
  put,
  putOk,
  text,
} from './object-store.rig.js';

let shared: BlobsRig;
beforeAll(async () => {
  shared = await blobsRig();
});
afterAll(() => shared.close());
multipartContract('blobs', async () => shared, 25);

describe('blobs: segments and files', () => {
  let rig: BlobsRig;
  let bucket: string;
  beforeEach(async () => {
    rig = await blobsRig();
    bucket = await newBucket(rig.objects);
    return rig.close;
  });
  const rows = (table: string) => rig.database.db(table);
  /** Files that an object, or a part of an upload or of an object, names. */
  const namedFiles = async (): Promise<string[]> =>
    [
      ...(await rows('blob_objects').where({ bytes_in: 'file' }).pluck('blob_id')),
      ...(await rows('blob_segments').pluck('blob_id')),
    ].sort();
  const sweepAll = async (): Promise<number> => {
    rig.clock.advance(MINUTE + 1);
    for (let removed = 0; ; ) {
      const swept = (await rig.sweepGarbage())._unsafeUnwrap();
      removed += swept.removed;
      if (!swept.more) return removed;
    }
  };
  const expectOnlyNamedFiles = async (segments: number) => {
    expect(await rig.files()).toEqual({ objects: await namedFiles(), tmp: [] });
    expect(await rows('blob_segments').count()).toEqual([{ count: BigInt(segments) }]);
    expect(await rows('blob_garbage').count()).toEqual([{ count: 0n }]);
  };

  it('keeps one file per part and copies nothing when they become an object', async () => {
    const upload = await begin(rig, bucket, 'k');
    const named = await putParts(rig, bucket, 'k', upload, { 1: 'a', 2: 'b' });
    const before = await rig.files();
    expect(before).toEqual({ objects: named.map(({ etag }) => etag).sort(), tmp: [] });
    expect((await complete(rig, bucket, 'k', upload, named))._unsafeUnwrap().etag).toBe(upload);
    expect(await rig.files()).toEqual(before);
    expect(await rows('blob_segments').orderBy('number').pluck('crc32')).toEqual(
      ['a', 'b'].map((content) => crc32(content).toString(16).padStart(8, '0')),
    );
  });

  it('frees what was replaced, not named, aborted, overwritten or deleted, and nothing else', async () => {
    const upload = await begin(rig, bucket, 'kept');
    await putParts(rig, bucket, 'kept', upload, { 1: 'replaced' });
    const named = await putParts(rig, bucket, 'kept', upload, { 1: 'a', 2: 'not named', 3: 'c' });
    (
      await complete(
        rig,
        bucket,
        'kept',
        upload,
        named.filter(({ number }) => number !== 2),
      )
    )._unsafeUnwrap();
    const aborted = await begin(rig, bucket, 'aborted');
    await putParts(rig, bucket, 'aborted', aborted, { 1: 'x', 2: 'y' });
    (await rig.uploads.abort(bucket, key('aborted'), aborted))._unsafeUnwrap();
    await putInParts(rig, bucket, 'overwritten', ['1', '2', '3']);
    await putInParts(rig, bucket, 'overwritten', ['4']);
    await putInParts(rig, bucket, 'overwritten by a put', ['1', '2']);
    await putOk(rig.objects, bucket, 'overwritten by a put', 'whole');
    await putOk(rig.objects, bucket, 'whole before', 'whole');
    await putInParts(rig, bucket, 'whole before', ['5']);
    await putInParts(rig, bucket, 'deleted', ['1', '2']);
    (await rig.objects.deleteMany(bucket, [key('deleted')]))._unsafeUnwrap();
    const open = await begin(rig, bucket, 'open');
    await putParts(rig, bucket, 'open', open, { 1: 'x' });
    expect(await rig.sweepGarbage()).toEqual(ok({ removed: 0, more: false }));
    expect(await sweepAll()).toBe(12);
    await expectOnlyNamedFiles(5);
    expect(await contentOf(rig.objects, bucket, 'kept')).toBe('ac');
    expect(await contentOf(rig.objects, bucket, 'overwritten')).toBe('4');
    expect(await contentOf(rig.objects, bucket, 'overwritten by a put')).toBe('whole');
    expect(await contentOf(rig.objects, bucket, 'whole before')).toBe('5');
  });

  it('leaves no file of a part that was refused', async () => {
    const upload = await begin(rig, bucket, 'k');
    expect((await putPart(rig, bucket, 'k', upload, 1, 'x', { length: 2 })).isErr()).toBe(true);
    expect((await putPart(rig, bucket, 'other', upload, 1, 'x')).isErr()).toBe(true);
    const body = async function* () {
      yield text('x');
      (await rig.uploads.abort(bucket, key('k'), upload))._unsafeUnwrap();
    };
    expect((await rig.uploads.putPart(bucket, key('k'), upload, 1, body(), { maxBytes: 9 })).isErr()).toBe(
      true,
    );
    expect(await rig.files()).toEqual({ objects: [], tmp: [] });
  });

  it('forgets the uploads of a bucket that is deleted, and their files', async () => {
    const upload = await begin(rig, bucket, 'k');
    await putParts(rig, bucket, 'k', upload, { 1: 'x', 2: 'y' });
    expect(await rig.objects.deleteBucket(bucket)).toEqual(ok(undefined));
    await sweepAll();
    await expectOnlyNamedFiles(0);
    expect((await rig.files()).objects).toEqual([]);
  });

  it('aborts uploads that were begun more than seven days ago', async () => {
    const old = await begin(rig, bucket, 'old');
    await putParts(rig, bucket, 'old', old, { 1: 'x' });
    rig.clock.advance(DAY);
    const young = await begin(rig, bucket, 'young');
    const named = await putParts(rig, bucket, 'young', young, { 1: 'y' });
    rig.clock.advance(6 * DAY);
    expect(await rig.sweepUploads()).toEqual(ok({ removed: 0, more: false }));
    rig.clock.advance(1);
    expect(await rig.sweepUploads()).toEqual(ok({ removed: 1, more: false }));
    (await rig.renewWriter())._unsafeUnwrap();
    expect((await putPart(rig, bucket, 'old', old, 2, 'z'))._unsafeUnwrapErr().kind).toBe('upload_missing');
    expect((await complete(rig, bucket, 'young', young, named)).isOk()).toBe(true);
    await sweepAll();
    await expectOnlyNamedFiles(1);
  });

  it('works off an object of very many parts in batches, and answers its ranges from few of its rows', async () => {
    const upload = await begin(rig, bucket, 'k');
    const { db } = rig.database;
    await db.raw(
      `insert into blob_segments (upload, number, blob_id, size, crc32, modified_at)
       select ?, n, gen_random_uuid(), 5, '00000000', now() from generate_series(1, 10000) n`,
      [upload],
    );
    const named = (await rows('blob_segments').orderBy('number').select('number', 'blob_id')).map(
      ({ number, blob_id }) => ({ number, etag: blob_id }),
    );
    const made = (await complete(rig, bucket, 'k', upload, named))._unsafeUnwrap();
    expect(made.size).toBe(50_000);
    const [last] = await rows('blob_segments').where({ number: 10_000 });
    expect(last.first).toBe(49_995n);
    await putOk(rig.objects, bucket, 'k', 'small');
    rig.clock.advance(MINUTE + 1);
    const batches: unknown[] = [];
    for (let more = true; more; ) {
      const swept = (await rig.sweepGarbage())._unsafeUnwrap();
      batches.push(swept.removed);
      more = swept.more;
    }
    expect(batches.slice(0, 10)).toEqual(Array(10).fill(1_000));
    await expectOnlyNamedFiles(0);
  });

  it('keeps an overwritten version of many segments for a reader until it is through, however slow', async () => {
    const parts = Array.from({ length: 20 }, () => randomBytes(100_000));
    await putInParts(rig, bucket, 'k', parts);
    const slow = (await rig.objects.get(bucket, key('k')))._unsafeUnwrap();
    await putOk(rig.objects, bucket, 'k', 'new');
    expect(await sweepAll()).toBe(0);
    expect((await bytesOf(slow)).equals(Buffer.concat(parts))).toBe(true);
    await expect.poll(() => rows('blob_readers').pluck('id')).toEqual([]);
    expect(await sweepAll()).toBe(20);
    await expectOnlyNamedFiles(0);
  });

  it('keeps it for a reader that leaves, or was killed, no longer than a few minutes', async () => {
    await putInParts(
      rig,
      bucket,
      'k',
      Array.from({ length: 20 }, () => randomBytes(100_000)),
    );
    const left = (await rig.objects.get(bucket, key('k')))._unsafeUnwrap();
    left.close();
    await expect.poll(() => rows('blob_readers').pluck('id')).toEqual([]);
    const killed = (await rig.objects.get(bucket, key('k')))._unsafeUnwrap();
    await putOk(rig.objects, bucket, 'k', 'new');
    rig.clock.advance(5 * MINUTE);
    expect(await sweepAll()).toBe(20);
    await expect(bytesOf(killed)).rejects.toThrow();
    await expectOnlyNamedFiles(0);
  });

  it('reads whole versions while overwrites in parts and sweeps race with it', async () => {
    const version = (mark: string, count: number) => Array.from({ length: count }, () => mark.repeat(500));
    await putInParts(rig, bucket, 'k', version('a', 12));
    let reading = true;
    const read = async () => {
      while (reading) {
        const content = await contentOf(rig.objects, bucket, 'k');
        expect(content).toBe((content[0] ?? '').repeat(6_000));
      }
    };
    const readers = [read(), read()];
    for (let n = 0; n < 12; n += 1) {
      const mark = String.fromCharCode(98 + n);
      if (n % 3 === 0) await putOk(rig.objects, bucket, 'k', mark.repeat(6_000));
      else await putInParts(rig, bucket, 'k', n % 3 === 1 ? version(mark, 12) : [mark.repeat(6_000)]);
      await sweepAll();
    }
    reading = false;
    await Promise.all(readers);
  });

  it('refuses parts of a process that never took a lease, and when the disk is full', async () => {
    const upload = await begin(rig, bucket, 'k');
    const reader = rig.another();
    expect((await putPart(reader, bucket, 'k', upload, 1, 'x'))._unsafeUnwrapErr().kind).toBe('unavailable');
    const cramped = rig.another({ freeSpaceFloor: Number.MAX_SAFE_INTEGER });
    (await cramped.startWriter())._unsafeUnwrap();
    expect((await putPart(cramped, bucket, 'k', upload, 1, 'x'))._unsafeUnwrapErr()).toEqual({
      kind: 'store_full',
    });
    expect((await put(rig.objects, bucket, 'k', 'x')).isOk()).toBe(true);
  });
});
