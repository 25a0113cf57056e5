import { spawn } from 'node:child_process';
import { link, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { uuidv7 } from 'uuidv7';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Blobs } from '../../src/adapters/blobs/blob-objects.js';
import { DAY, instant, MINUTE } from '../../src/domain/shared/time.js';
import { begin, complete, putInParts, putPart, putParts } from '../contract/ports/multipart.rig.js';
import {
  type BlobsRig,
  blobsRig,
  bytesOf,
  contentOf,
  key,
  newBucket,
  prefix,
  putOk,
} from '../contract/ports/object-store.rig.js';

let rig: BlobsRig;
let bucket: string;
beforeEach(async () => {
  rig = await blobsRig();
  bucket = await newBucket(rig.objects);
  return rig.close;
});
const rows = (table: string) => rig.database.db(table);
const namedFiles = async (): Promise<string[]> =>
  [
    ...(await rows('blob_objects').where({ bytes_in: 'file' }).pluck('blob_id')),
    ...(await rows('blob_segments').pluck('blob_id')),
  ].sort();
const sweepAll = async ({ sweepUploads, sweepGarbage }: Blobs): Promise<void> => {
  for (const sweep of [sweepUploads, sweepGarbage]) while ((await sweep())._unsafeUnwrap().more);
};
const later = (ms: number): Blobs => rig.another({ clock: { now: () => instant(Date.now() + ms) } });

describe('a process that writes objects in parts and is killed', () => {
  const child = fileURLToPath(new URL('blobs-uploads-child.mjs', import.meta.url));
  type Uploads = Map<string, number>;

  /** Runs until it has said so many words, kills without warning; what was begun last and what was done last. */
  const runAndKill = async (run: string, word: string, enough: number) => {
    const [begun, done]: [Uploads, Uploads] = [new Map(), new Map()];
    const args = [child, rig.database.url, rig.directory, bucket, run];
    const writing = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = 0;
    for await (const line of createInterface({ input: writing.stdout })) {
      const [what = '', name = '', n] = line.split(' ');
      if (what === 'done') done.set(name, Number(n));
      if (what === 'begin') begun.set(name, Number(n));
      said += what === word ? 1 : 0;
      if (said === enough) writing.kill('SIGKILL');
    }
    return { begun, done };
  };
  const content = (name: string, n: number): Buffer =>
    Buffer.concat(
      Array.from({ length: 1 + (n % 12) }, (_, at) => Buffer.alloc(500 + n * 300, `${name} ${n} ${at + 1} `)),
    );

  it('leaves each object whole or not at all, keeps what was acknowledged, and no file that no row names', async () => {
    const [begun, done]: [Uploads, Uploads] = [new Map(), new Map()];
    const rounds: readonly [string, number][] = [
      ['begin', 7],
      ['part', 90],
      ['done', 61],
      ['done', 100],
      ['part', 801],
    ];
    for (const [round, [word, enough]] of rounds.entries()) {
      const run = await runAndKill(`run-${round}`, word, enough);
      for (const [name, n] of run.begun) begun.set(name, n);
      for (const [name, n] of run.done) done.set(name, n);
    }
    expect((await rig.files()).tmp.length, 'parts that the kills interrupted').toBeGreaterThan(0);
    expect(await rows('blob_uploads').count(), 'uploads that the kills interrupted').not.toEqual([
      { count: 0n },
    ]);
    const soon = later(3 * MINUTE);
    (await soon.startWriter())._unsafeUnwrap();
    (await soon.sweepDeadWriters())._unsafeUnwrap();
    await sweepAll(soon);
    expect(await rig.files()).toEqual({ objects: await namedFiles(), tmp: [] });

    let there = 0;
    for (const name of begun.keys()) {
      const got = await rig.objects.get(bucket, key(name));
      if (got.isErr()) {
        expect(done.has(name), `${name} was acknowledged`).toBe(false);
        continue;
      }
      there += 1;
      const bytes = await bytesOf(got.value);
      const versions = [begun.get(name) ?? 0, done.get(name) ?? 0];
      const n = versions.find((version) => content(name, version).equals(bytes));
      expect(n, `${name} holds one of its last two versions`).toBeDefined();
      expect(n, name).toBeGreaterThanOrEqual(done.get(name) ?? 0);
    }
    expect(there).toBeGreaterThan(100);
    expect(await rows('blob_objects').count()).toEqual([{ count: BigInt(there) }]);

    // Nobody will complete what was interrupted; in the end nothing but the objects is there.
    await sweepAll(later(7 * DAY + MINUTE));
    await sweepAll(later(7 * DAY + 3 * MINUTE));
    expect(await rows('blob_uploads').count()).toEqual([{ count: 0n }]);
    expect(await rig.files()).toEqual({ objects: await namedFiles(), tmp: [] });
    const orphans = rows('blob_segments').whereNotIn('upload', rows('blob_objects').select('blob_id'));
    expect(await orphans.count()).toEqual([{ count: 0n }]);
  });
});

describe('sweeps', () => {
  it('keep the parts a dead process had put, and take those that it had not', async () => {
    const dead = rig.another();
    (await dead.startWriter())._unsafeUnwrap();
    const [writer = ''] = await rows('blob_writers').orderBy('id', 'desc').pluck('id');
    const upload = await begin(dead, bucket, 'k');
    const named = await putParts(dead, bucket, 'k', upload, { 1: 'a', 2: 'b' });
    const path = (blob: string) => join(rig.directory, 'objects', blob.slice(-2), blob);
    const pending = (blob: string) => join(rig.directory, 'tmp', writer, blob);
    // Died right after the row of the second part, and before that of a third.
    await link(path(named[1]?.etag ?? ''), pending(named[1]?.etag ?? ''));
    const undecided = uuidv7();
    await writeFile(pending(undecided), 'c');
    await link(pending(undecided), path(undecided));
    rig.clock.advance(MINUTE + 1);
    (await rig.renewWriter())._unsafeUnwrap();
    expect((await rig.sweepDeadWriters())._unsafeUnwrap()).toBe(1);
    expect(await rig.files()).toEqual({ objects: await namedFiles(), tmp: [] });
    expect((await complete(rig, bucket, 'k', upload, named)).isOk()).toBe(true);
    expect(await contentOf(rig.objects, bucket, 'k')).toBe('ab');
  });

  it('finish what a sweep that was killed had begun', async () => {
    const made = await putInParts(rig, bucket, 'k', ['a', 'b', 'c']);
    await putOk(rig.objects, bucket, 'k', 'new');
    const [first, second] = await rows('blob_segments').where({ upload: made.etag }).pluck('blob_id');
    for (const blob of [first, second]) await rm(join(rig.directory, 'objects', blob.slice(-2), blob));
    await rows('blob_segments').where({ blob_id: first }).delete();
    rig.clock.advance(MINUTE + 1);
    await sweepAll(rig);
    expect(await rig.files()).toEqual({ objects: await namedFiles(), tmp: [] });
    expect(await rows('blob_segments').count()).toEqual([{ count: 0n }]);
    expect(await rows('blob_garbage').count()).toEqual([{ count: 0n }]);
  });

  it('may run in many processes while parts come, uploads end and objects go', async () => {
    const write = async (name: string) => {
      for (let n = 0; n < 6; n += 1) {
        await putInParts(rig, bucket, name, ['a', 'b', `${n}`]);
        const upload = await begin(rig, bucket, name);
        (await putPart(rig, bucket, name, upload, 1, 'x'))._unsafeUnwrap();
        (await rig.uploads.abort(bucket, key(name), upload))._unsafeUnwrap();
        if (n % 2) (await rig.objects.deleteMany(bucket, [key(name)]))._unsafeUnwrap();
        rig.clock.advance(MINUTE / 2);
        (await rig.renewWriter())._unsafeUnwrap();
      }
    };
    let writing = true;
    const sweeping = [rig, rig.another(), rig.another()].map(async (blobs) => {
      while (writing) await sweepAll(blobs);
    });
    await Promise.all(['1', '2', '3', '4'].map(write));
    writing = false;
    await Promise.all(sweeping);
    rig.clock.advance(MINUTE + 1);
    await sweepAll(rig);
    expect(await rig.files()).toEqual({ objects: [], tmp: [] });
    const { entries } = (await rig.objects.list(bucket, { prefix: prefix(''), limit: 9 }))._unsafeUnwrap();
    expect(entries).toEqual([]);
    expect(await rows('blob_garbage').count()).toEqual([{ count: 0n }]);
  });
});

describe('a part whose commit was never answered', () => {
  it('keeps its file as long as it may yet be a part', async () => {
    const upload = await begin(rig, bucket, 'k');
    const lock = await rig.database.db.transaction();
    await lock('blob_uploads').where({ id: upload }).forUpdate();
    const putting = putPart(rig, bucket, 'k', upload, 1, 'x');
    const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    const stuck = async () => (await rig.database.db.raw(waiting)).rows;
    await expect.poll(stuck).toHaveLength(1);
    await rig.database.db.raw('select pg_terminate_backend(?)', [(await stuck())[0].pid]);
    expect((await putting)._unsafeUnwrapErr().kind).toBe('unavailable');
    await lock.commit();
    expect((await rig.files()).objects).toHaveLength(1);
    rig.clock.advance(61 * MINUTE);
    (await rig.renewWriter())._unsafeUnwrap();
    expect((await rig.sweepDeadWriters())._unsafeUnwrap()).toBe(1);
    expect(await rig.files()).toEqual({ objects: [], tmp: [] });
  });
});
