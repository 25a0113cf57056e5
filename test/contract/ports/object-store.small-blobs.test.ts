import { crc32 } from 'node:zlib';
import { ok } from 'neverthrow';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Blobs, blobObjects } from '../../../src/adapters/blobs/blob-objects.js';
import { MINUTE } from '../../../src/domain/shared/time.js';
import { multipartContract } from './multipart.contract.js';
import { putInParts } from './multipart.rig.js';
import { objectStoreContract } from './object-store.contract.js';
import { objectMetadataContract } from './object-store.metadata.contract.js';
import {
  type BlobsRig,
  blobsRig,
  bytesOf,
  contentOf,
  key,
  MAX,
  newBucket,
  pieces,
  put,
  putOk,
  text,
} from './object-store.rig.js';

const SMALL_BELOW = 1_024;
/** A process that writes small objects to rows, on the rig's database and directory. */
const writingRows = async ({ database, directory, clock }: BlobsRig): Promise<Blobs> => {
  const ids = { next: uuidv7 };
  const { db } = database;
  const blobs = blobObjects({
    db,
    directory,
    host: 'here',
    freeSpaceFloor: 0,
    smallBelow: SMALL_BELOW,
    clock,
    ids,
  });
  (await blobs.startWriter())._unsafeUnwrap();
  return blobs;
};

let shared: BlobsRig;
let rows: Blobs;
beforeAll(async () => {
  shared = await blobsRig();
  rows = await writingRows(shared);
});
afterAll(async () => {
  (await rows.stopWriter())._unsafeUnwrap();
  await shared.close();
});
objectStoreContract('blobs, small ones in rows', async () => rows.objects, { listings: 10, histories: 25 });
describe('metadata: blobs, small ones in rows', () => objectMetadataContract(async () => rows.objects));
multipartContract('blobs, small ones in rows', async () => rows, 5);

describe('blobs: small objects in rows', () => {
  let rig: BlobsRig;
  let small: Blobs;
  let bucket: string;
  beforeEach(async () => {
    rig = await blobsRig();
    small = await writingRows(rig);
    bucket = await newBucket(rig.objects);
    return async () => {
      (await small.stopWriter())._unsafeUnwrap();
      await rig.close();
    };
  });
  const inRows = (): Promise<string[]> => rig.database.db('blob_bytes').orderBy('blob_id').pluck('blob_id');

  it('writes no file for what is announced to be small, and one for all else', async () => {
    const one = await putOk(small.objects, bucket, 'small', 'x'.repeat(SMALL_BELOW - 1));
    const large = await putOk(small.objects, bucket, 'large', 'x'.repeat(SMALL_BELOW));
    const unknown = (
      await small.objects.put(bucket, key('unknown'), pieces(text('x')), { maxBytes: MAX })
    )._unsafeUnwrap();
    expect(await inRows()).toEqual([one.etag]);
    expect(await rig.files()).toEqual({ objects: [large.etag, unknown.etag].sort(), tmp: [] });
    expect(await contentOf(small.objects, bucket, 'small')).toHaveLength(SMALL_BELOW - 1);
  });

  it('is read by a process that writes files only, in ranges too', async () => {
    await putOk(small.objects, bucket, 'k', '0123456789');
    const got = (await rig.objects.get(bucket, key('k'), { range: { first: 3, last: 5 } }))._unsafeUnwrap();
    expect((await bytesOf(got)).toString()).toBe('345');
    const [{ crc32: recorded }] = await rig.database.db('blob_objects').where({ key: 'k' });
    expect(recorded).toBe(crc32('0123456789').toString(16).padStart(8, '0'));
  });

  it('leaves neither row nor file of a put that failed', async () => {
    const { objects } = small;
    const { etag } = await putOk(objects, bucket, 'k', 'old');
    const failed = [
      await put(objects, bucket, 'k', 'x', { length: 2 }),
      await put(objects, bucket, 'k', 'xyz', { length: 2 }),
      await put(objects, bucket, 'k', 'xyz', { maxBytes: 2 }),
      await put(objects, bucket, 'k', 'x', { ifNoneMatch: '*' }),
      await put(objects, bucket, 'new', 'x', { ifMatch: etag }),
      await put(objects, 'bucket-nowhere', 'k', 'x'),
      await put(objects, bucket, 'k', 'x', { signal: AbortSignal.abort() }),
    ];
    expect(failed.map((outcome) => outcome.isErr())).toEqual(failed.map(() => true));
    expect(await inRows()).toEqual([etag]);
    expect(await rig.files()).toEqual({ objects: [], tmp: [] });
  });

  it('removes the bytes of what was overwritten or deleted, whatever the next version lies in', async () => {
    const content = (size: number) => 'x'.repeat(size);
    await putOk(small.objects, bucket, 'grows', content(1));
    const grown = await putOk(small.objects, bucket, 'grows', content(SMALL_BELOW));
    await putOk(small.objects, bucket, 'shrinks', content(SMALL_BELOW));
    const shrunk = await putOk(small.objects, bucket, 'shrinks', content(1));
    await putOk(small.objects, bucket, 'parts', content(1));
    await putInParts(small, bucket, 'parts', ['one part']);
    await putOk(small.objects, bucket, 'gone', content(1));
    (await small.objects.deleteMany(bucket, [key('gone')]))._unsafeUnwrap();
    rig.clock.advance(MINUTE + 1);
    expect(await small.sweepGarbage()).toEqual(ok({ removed: 4, more: false }));
    expect(await inRows()).toEqual([shrunk.etag]);
    const segments = await rig.database.db('blob_segments').pluck('blob_id');
    expect((await rig.files()).objects).toEqual([grown.etag, ...segments].sort());
    expect(await rig.database.db('blob_garbage').count()).toEqual([{ count: 0n }]);
    for (const [name, size] of Object.entries({ grows: SMALL_BELOW, shrinks: 1, parts: 8 }))
      expect(await contentOf(small.objects, bucket, name)).toHaveLength(size);
  });

  it('stores nothing and says so when the connection is lost before the commit', async () => {
    const lock = await rig.database.db.transaction();
    await lock('blob_buckets').where({ name: bucket }).forUpdate();
    const putting = put(small.objects, bucket, 'k', 'x');
    const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    const stuck = async () => (await rig.database.db.raw(waiting)).rows;
    await expect.poll(stuck).toHaveLength(1);
    await rig.database.db.raw('select pg_terminate_backend(?)', [(await stuck())[0].pid]);
    expect((await putting)._unsafeUnwrapErr().kind).toBe('unavailable');
    await lock.commit();
    expect((await small.objects.head(bucket, key('k')))._unsafeUnwrapErr()).toEqual({ kind: 'not_found' });
    expect(await inRows()).toEqual([]);
  });
});
