import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { ok } from 'neverthrow';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pageQuery } from '../../../src/adapters/blobs/list.js';
import { openDatabase } from '../../../src/adapters/knex/kit/database.js';
import { MINUTE } from '../../../src/domain/shared/time.js';
import { objectStoreContract } from './object-store.contract.js';
import { objectMetadataContract } from './object-store.metadata.contract.js';
import {
  type BlobsRig,
  blobsRig,
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

let shared: BlobsRig;
beforeAll(async () => {
  shared = await blobsRig();
});
afterAll(() => shared.close());
objectStoreContract('blobs', async () => shared.objects, { listings: 25, histories: 25 });
describe('metadata: blobs', () => objectMetadataContract(async () => shared.objects));

describe('blobs: rows and files', () => {
  let rig: BlobsRig;
  let bucket: string;
  beforeEach(async () => {
    rig = await blobsRig();
    bucket = await newBucket(rig.objects);
    return rig.close;
  });
  const namedBlobs = async (): Promise<string[]> =>
    (await rig.database.db('blob_objects').pluck('blob_id')).sort();

  it('keeps exactly one file per object and nothing under tmp', async () => {
    for (const name of ['a', 'b', 'c']) await putOk(rig.objects, bucket, name, name);
    expect(await rig.files()).toEqual({ objects: await namedBlobs(), tmp: [] });
  });

  it('records the crc32 of what it stored', async () => {
    (
      await rig.objects.put(bucket, key('k'), pieces(text('to '), text('be')), { maxBytes: MAX })
    )._unsafeUnwrap();
    const row = await rig.database.db('blob_objects').where({ bucket, key: 'k' }).first('crc32', 'size');
    expect(row).toEqual({ crc32: crc32('to be').toString(16).padStart(8, '0'), size: 5n });
  });

  it('leaves no file of a put that failed, whatever it failed for', async () => {
    const { etag } = await putOk(rig.objects, bucket, 'k', 'old');
    const { objects } = rig;
    const failed = [
      await put(objects, bucket, 'k', 'x', { length: 2 }),
      await put(objects, bucket, 'k', 'xyz', { length: undefined, maxBytes: 2 }),
      await put(objects, bucket, 'k', 'x', { ifNoneMatch: '*' }),
      await put(objects, bucket, 'new', 'x', { ifMatch: etag }),
      await put(objects, 'bucket-nowhere', 'k', 'x'),
      await put(objects, bucket, 'k', 'x', { signal: AbortSignal.abort() }),
      await objects.put(bucket, key('k'), failingAfter(new Uint8Array(400_000)), { maxBytes: MAX }),
    ];
    expect(failed.map((outcome) => outcome.isErr())).toEqual(failed.map(() => true));
    expect(await rig.files()).toEqual({ objects: [etag], tmp: [] });
  });

  it('removes what overwrites and deletions left, a minute later', async () => {
    await putOk(rig.objects, bucket, 'k', 'first');
    await Promise.all(['a', 'b', 'c', 'd'].map((content) => putOk(rig.objects, bucket, 'k', content)));
    await putOk(rig.objects, bucket, 'gone', 'x');
    (await rig.objects.deleteMany(bucket, [key('gone')]))._unsafeUnwrap();
    expect((await rig.files()).objects).toHaveLength(6);
    expect(await rig.sweepGarbage()).toEqual(ok({ removed: 0, more: false }));
    rig.clock.advance(MINUTE + 1);
    expect(await rig.sweepGarbage()).toEqual(ok({ removed: 5, more: false }));
    expect(await rig.files()).toEqual({ objects: await namedBlobs(), tmp: [] });
    expect(await rig.database.db('blob_garbage').count()).toEqual([{ count: 0n }]);
  });

  it('finds the next version when the file of the one it had looked up is gone already', async () => {
    const [old, next] = [
      await putOk(rig.objects, bucket, 'k', 'old'),
      await putOk(rig.objects, bucket, 'spare', 'new'),
    ];
    await rm(join(rig.directory, 'objects', old.etag.slice(-2), old.etag));
    // One connection serves in the order of asking: the first look-up, then the overwrite, then the second look-up.
    const db = openDatabase({ url: rig.database.url, poolSize: 1, name: 'tollhouse-test' });
    const reader = rig.another({ db });
    const busy = await db.transaction();
    const reading = reader.objects.get(bucket, key('k'));
    await sleep(20);
    const overwriting = db.transaction(async (trx) => {
      await trx('blob_objects').where({ bucket, key: 'spare' }).delete();
      await trx('blob_objects').where({ bucket, key: 'k' }).update({ blob_id: next.etag });
    });
    await sleep(20);
    await busy.commit();
    await overwriting;
    expect((await bytesOf((await reading)._unsafeUnwrap())).toString()).toBe('new');
    await db.destroy();
  });

  it('reads whole versions while overwrites and sweeps race with it', async () => {
    await putOk(rig.objects, bucket, 'k', 'v'.repeat(2_000));
    let reading = true;
    const read = async () => {
      while (reading) expect(await contentOf(rig.objects, bucket, 'k')).toBe('v'.repeat(2_000));
    };
    const readers = [read(), read()];
    for (let n = 0; n < 40; n += 1) {
      await putOk(rig.objects, bucket, 'k', 'v'.repeat(2_000));
      rig.clock.advance(MINUTE + 1);
      (await rig.sweepGarbage())._unsafeUnwrap();
    }
    reading = false;
    await Promise.all(readers);
  });

  it('says unavailable, not missing, when a file is lost', async () => {
    const { etag } = await putOk(rig.objects, bucket, 'k', 'x');
    await rm(join(rig.directory, 'objects', etag.slice(-2), etag));
    expect((await rig.objects.get(bucket, key('k')))._unsafeUnwrapErr()).toMatchObject({
      kind: 'unavailable',
      dependency: 'disk',
    });
  });

  it('refuses puts without reading them when the disk has less room than the floor', async () => {
    const cramped = rig.another({ freeSpaceFloor: Number.MAX_SAFE_INTEGER });
    (await cramped.startWriter())._unsafeUnwrap();
    let read = false;
    const body = async function* () {
      read = true;
      yield text('x');
    };
    const refused = await cramped.objects.put(bucket, key('k'), body(), { maxBytes: MAX });
    expect(refused._unsafeUnwrapErr()).toEqual({ kind: 'store_full' });
    expect(read).toBe(false);
    (await cramped.stopWriter())._unsafeUnwrap();
  });

  it('refuses puts of a process that never took a lease, and lets it read', async () => {
    const reader = rig.another();
    await putOk(rig.objects, bucket, 'k', 'x');
    expect((await put(reader.objects, bucket, 'k', 'y'))._unsafeUnwrapErr().kind).toBe('unavailable');
    expect(await bytesOf((await reader.objects.get(bucket, key('k')))._unsafeUnwrap())).toHaveLength(1);
  });

  const blocksRead = async (request: Parameters<typeof pageQuery>[1]): Promise<number> => {
    const [{ sql }, bindings] = pageQuery(bucket, request);
    const explained = await rig.database.db.raw(`explain (analyze, buffers, format json) ${sql}`, {
      ...bindings,
    });
    const { Plan: plan } = explained.rows[0]['QUERY PLAN'][0];
    return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
  };

  it('lists a folder of a hundred thousand keys as one entry without walking through it', async () => {
    const { db } = rig.database;
    await db.raw(
      `insert into blob_objects (bucket, key, blob_id, size, crc32, modified_at)
       select ?, folder || '/' || n, gen_random_uuid(), 0, '00000000', now()
       from (values ('large', 100000), ('small', 10)) as folders (folder, keys), generate_series(1, keys) n`,
      [bucket],
    );
    await db.raw('analyze blob_objects');
    const request = { prefix: prefix(''), delimiter: '/', limit: 100 } as const;
    const listing = (await rig.objects.list(bucket, request))._unsafeUnwrap();
    expect(listing.entries).toEqual(
      ['large/', 'small/'].map((folder) => ({ type: 'folder', prefix: folder })),
    );
    expect(await blocksRead(request)).toBeLessThan(40);
    const within = { prefix: prefix('large/'), delimiter: '/', limit: 10, after: 'large/5' } as const;
    expect(await blocksRead(within)).toBeLessThan(120);
    expect(await blocksRead({ prefix: prefix('small/'), limit: 100 })).toBeLessThan(40);
  });
});
