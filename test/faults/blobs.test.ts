import { spawn } from 'node:child_process';
import { link, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { uuidv7 } from 'uuidv7';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Blobs } from '../../src/adapters/blobs/blob-objects.js';
import { HOUR, instant, MINUTE } from '../../src/domain/shared/time.js';
import {
  type BlobsRig,
  blobsRig,
  bytesOf,
  contentOf,
  key,
  newBucket,
  put,
  putOk,
} from '../contract/ports/object-store.rig.js';

let rig: BlobsRig;
let bucket: string;
beforeEach(async () => {
  rig = await blobsRig();
  bucket = await newBucket(rig.objects);
  return rig.close;
});
const namedBlobs = async (): Promise<string[]> =>
  (await rig.database.db('blob_objects').pluck('blob_id')).sort();
const writerIds = async (): Promise<string[]> => rig.database.db('blob_writers').orderBy('id').pluck('id');

describe('a process that writes blobs and is killed', () => {
  const child = fileURLToPath(new URL('blobs-child.mjs', import.meta.url));
  type Puts = Map<string, number>;

  /** Runs until so many puts are acknowledged, kills without warning; what was begun last and what was done last. */
  const runAndKill = async (run: string, enough: number): Promise<{ begun: Puts; done: Puts }> => {
    const begun: Puts = new Map();
    const done: Puts = new Map();
    const args = [child, rig.database.url, rig.directory, bucket, run];
    const writing = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let acknowledged = 0;
    for await (const line of createInterface({ input: writing.stdout })) {
      const [word, name = '', n] = line.split(' ');
      (word === 'done' ? done : begun).set(name, Number(n));
      acknowledged += word === 'done' ? 1 : 0;
      if (acknowledged === enough) writing.kill('SIGKILL');
    }
    return { begun, done };
  };
  const content = (name: string, n: number): Buffer =>
    Buffer.concat(Array.from({ length: 1 + (n % 5) }, () => Buffer.alloc(1 + n * 700, `${name} ${n} `)));

  it('keeps every acknowledged put byte for byte, shows no other, and leaves no file that no row names', async () => {
    const begun: Puts = new Map();
    const done: Puts = new Map();
    for (const [round, enough] of [7, 150, 411, 640].entries()) {
      const run = await runAndKill(`run-${round}`, enough);
      for (const [name, n] of run.begun) begun.set(name, n);
      for (const [name, n] of run.done) done.set(name, n);
    }
    expect((await rig.files()).tmp.length, 'puts that the kills interrupted').toBeGreaterThan(0);
    // Long enough after for every lease to be over and all garbage to be old.
    const later = rig.another({ clock: { now: () => instant(Date.now() + 3 * MINUTE) } });
    await rig.database
      .db('blob_writers')
      .where({ id: (await writerIds())[0] })
      .update({ lease_until: '2200-01-01' });
    expect(await writerIds()).toHaveLength(5);
    (await later.sweepDeadWriters())._unsafeUnwrap();
    while ((await later.sweepGarbage())._unsafeUnwrap().more);

    const there = new Map<string, number>();
    for (const name of begun.keys()) {
      const got = await rig.objects.get(bucket, key(name));
      if (got.isErr()) continue;
      const bytes = await bytesOf(got.value);
      const n = [begun.get(name) ?? 0, done.get(name) ?? 0].find((put) => content(name, put).equals(bytes));
      expect(n, `${name} holds one of its last two versions`).toBeDefined();
      there.set(name, n ?? 0);
    }
    for (const [name, n] of done) expect(there.get(name), name).toBeGreaterThanOrEqual(n);
    expect(await rig.database.db('blob_objects').count()).toEqual([{ count: BigInt(there.size) }]);
    expect(there.size - done.size).toBeLessThanOrEqual(4 * 16);
    expect(await rig.files()).toEqual({ objects: await namedBlobs(), tmp: [] });
    expect(await readdir(join(rig.directory, 'tmp'))).toEqual(await writerIds());
  });
});

/** A process that died at every stage of a put: before the link, between link and commit, after the commit. */
const deadProcess = async (): Promise<{ survivor: string }> => {
  const known = await writerIds();
  const dead = rig.another();
  (await dead.startWriter())._unsafeUnwrap();
  const [writer = ''] = (await writerIds()).filter((id) => !known.includes(id));
  const path = (blob: string) => join(rig.directory, 'objects', blob.slice(-2), blob);
  const pending = (blob: string) => join(rig.directory, 'tmp', writer, blob);
  const [partial, linked] = [uuidv7(), uuidv7()];
  await writeFile(pending(partial), 'half of');
  await writeFile(pending(linked), 'all of it');
  await link(pending(linked), path(linked));
  const survivor = `survivor-${writer}`;
  const { etag } = await putOk(dead.objects, bucket, survivor, 'committed');
  await link(path(etag), pending(etag));
  return { survivor };
};

describe('sweeps', () => {
  it('take what a dead process left undecided and keep what it had committed', async () => {
    const { survivor } = await deadProcess();
    (await rig.renewWriter())._unsafeUnwrap();
    expect((await rig.sweepDeadWriters())._unsafeUnwrap()).toBe(0);
    expect((await rig.files()).tmp).toHaveLength(3);
    rig.clock.advance(MINUTE + 1);
    expect((await rig.sweepDeadWriters())._unsafeUnwrap()).toBe(2);
    expect(await rig.files()).toEqual({ objects: await namedBlobs(), tmp: [] });
    expect(await contentOf(rig.objects, bucket, survivor)).toBe('committed');
    expect(await readdir(join(rig.directory, 'tmp'))).toEqual(await writerIds());
  });

  it('leave the writers of another host alone, whatever the age of their leases', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tollhouse-elsewhere-'));
    const elsewhere = rig.another({ host: 'elsewhere', directory });
    (await elsewhere.startWriter())._unsafeUnwrap();
    rig.clock.advance(HOUR);
    (await rig.sweepDeadWriters())._unsafeUnwrap();
    expect((await put(elsewhere.objects, bucket, 'k', 'x')).isOk()).toBe(true);
    (await elsewhere.stopWriter())._unsafeUnwrap();
    await rm(directory, { recursive: true });
  });

  it('find the dead of their directory although the host has another name now', async () => {
    const { survivor } = await deadProcess();
    rig.clock.advance(MINUTE + 1);
    const renamed = rig.another({ host: 'another-name' });
    (await rig.renewWriter())._unsafeUnwrap();
    expect((await renamed.sweepDeadWriters())._unsafeUnwrap()).toBe(2);
    expect(await contentOf(rig.objects, bucket, survivor)).toBe('committed');
  });

  it('forget a writer that died before it had made a directory', async () => {
    const [own] = await writerIds();
    await rig.database.db('blob_writers').insert({ id: uuidv7(), host: 'here', lease_until: '2020-01-01' });
    (await rig.sweepDeadWriters())._unsafeUnwrap();
    expect(await writerIds()).toEqual([own]);
  });

  it('may run in many processes at the same moment', async () => {
    const survivors: string[] = [];
    for (let n = 0; n < 3; n += 1) survivors.push((await deadProcess()).survivor);
    for (let n = 0; n < 120; n += 1) await putOk(rig.objects, bucket, `k${n % 10}`, `${n}`);
    rig.clock.advance(MINUTE + 1);
    const sweepers = [rig, rig.another(), rig.another()];
    const sweep = async ({ sweepGarbage, sweepDeadWriters }: Blobs) => [
      ...(await Promise.all([sweepDeadWriters(), sweepGarbage(), sweepDeadWriters(), sweepGarbage()])),
      // A sweep that met another one at work leaves it to the next.
      await sweepDeadWriters(),
    ];
    (await rig.renewWriter())._unsafeUnwrap();
    for (const outcome of (await Promise.all(sweepers.map(sweep))).flat()) expect(outcome.isOk()).toBe(true);
    expect(await rig.files()).toEqual({ objects: await namedBlobs(), tmp: [] });
    expect(await readdir(join(rig.directory, 'tmp'))).toEqual(await writerIds());
    for (const name of survivors) expect(await contentOf(rig.objects, bucket, name)).toBe('committed');
    expect(await contentOf(rig.objects, bucket, 'k9')).toBe('119');
  });

  it('finish what a sweep that was killed had begun', async () => {
    const { etag } = await putOk(rig.objects, bucket, 'k', 'old');
    await putOk(rig.objects, bucket, 'k', 'new');
    await rm(join(rig.directory, 'objects', etag.slice(-2), etag));
    const [unfenced, renamed] = [uuidv7(), `${uuidv7()}.dead`];
    for (const directory of [unfenced, renamed]) {
      await mkdir(join(rig.directory, 'tmp', directory));
      await writeFile(join(rig.directory, 'tmp', directory, uuidv7()), 'left');
    }
    rig.clock.advance(MINUTE + 1);
    (await rig.renewWriter())._unsafeUnwrap();
    expect((await rig.sweepGarbage())._unsafeUnwrap().removed).toBe(1);
    expect((await rig.sweepDeadWriters())._unsafeUnwrap()).toBe(2);
    expect(await readdir(join(rig.directory, 'tmp'))).toEqual(await writerIds());
    expect(await rig.database.db('blob_garbage').count()).toEqual([{ count: 0n }]);
  });
});
