import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readlink, rm, stat } from 'node:fs/promises';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as after } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ports } from '../../src/composition/tokens.js';
import { type BlobsRig, blobsRig } from '../contract/ports/object-store.rig.js';
import { startApp, type TestApp } from '../support/app.js';
import { type Client, clientOf, type World, world } from '../support/client.js';

const run = promisify(execFile);
const MIB = 1024 * 1024;

let rig: BlobsRig;
let app: TestApp;
let call: Client;
let here: World;
let bucket: string;
let scratch: string;
let batches = 0;

type Reader = readonly [string, ...string[]];
const PYTHON: Reader = ['python3', '-m', 'zipfile', '-t'];
const UNZIP: Reader = ['unzip', '-tqq'];
/** Foreign programs that say whether they take an archive: Python has to be here. */
let readers: readonly Reader[] = [PYTHON];
const isHere = (program: string): Promise<boolean> =>
  run(program, ['-v']).then(
    () => true,
    ({ code }) => code !== 'ENOENT',
  );

beforeAll(async () => {
  if (await isHere('unzip')) readers = [PYTHON, UNZIP];
  else
    console.warn(
      'unzip is not installed: whether it takes our archives was NOT tested, Python alone was asked',
    );
  scratch = await mkdtemp(join(tmpdir(), 'tollhouse-folders-'));
  rig = await blobsRig();
  const deleteMany: BlobsRig['objects']['deleteMany'] = (...asked) => {
    batches += 1;
    return rig.objects.deleteMany(...asked);
  };
  app = await startApp({ db: rig.database.db, objects: { ...rig.objects, deleteMany } });
  call = clientOf(app);
  here = await world(app, call);
  bucket = `th-${here.bucketId}`;
});
afterAll(async () => {
  await app.close();
  await rig.close();
  await rm(scratch, { recursive: true, force: true });
});

const put = async (key: string, bytes: Uint8Array): Promise<void> => {
  const body = async function* () {
    yield bytes;
  };
  const store = app.container.get(ports.objects);
  (await store.put(bucket, key as never, body(), { maxBytes: 64 * MIB }))._unsafeUnwrap();
};
const putMany = async (count: number, keyOf: (n: number) => string, bytesOf: (n: number) => Uint8Array) => {
  let next = 0;
  const putting = Array.from({ length: 16 }, async () => {
    for (let n = next++; n < count; n = next++) await put(keyOf(n), bytesOf(n));
  });
  await Promise.all(putting);
};

/** Objects of no bytes, which need no file: many of them within a moment. */
const putEmpty = async (folder: string, count: number): Promise<void> => {
  await rig.database.db.raw(
    `insert into blob_objects (bucket, key, blob_id, size, crc32, modified_at)
     select ?, ? || n, gen_random_uuid(), 0, '00000000', now() from generate_series(1, ?::int) n`,
    [bucket, `${folder}/`, count],
  );
};

const objects = `/v1/buckets/`;
const urlOf = (key: string): string =>
  `${app.url}${objects}${here.bucketId}/objects/download?key=${key}&recursive=true`;
const opened = (key: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${here.owner.token}` };
    httpGet(urlOf(key), { headers, agent: false }, resolve).on('error', reject);
  });

/** Saves an archive and has it tested by every reader; answers its length. */
const tested = async (key: string): Promise<number> => {
  const path = join(scratch, `${key}.zip`);
  const response = await opened(key);
  await pipeline(response, createWriteStream(path));
  const { size } = await stat(path);
  expect(size).toBe(Number(response.headers['content-length']));
  for (const [name, ...args] of readers) {
    const outcome = await run(name, [...args, path], { maxBuffer: 64 * MIB }).catch((failed) => failed);
    expect([name, outcome.code, outcome.stderr], outcome.stdout).toEqual([name, undefined, '']);
  }
  await rm(path);
  return size;
};

/** Files of the store that this process has open. */
const openBlobs = async (): Promise<number> => {
  const handles = await readdir('/proc/self/fd');
  const paths = await Promise.all(handles.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter(
    (path) => path.startsWith(join(rig.directory, 'objects')) && /\/[0-9a-f-]{36}/.test(path),
  ).length;
};

describe('a folder as an archive', () => {
  it('of 3,000 objects and 3 GB is taken by foreign readers, and is as long as announced', async () => {
    const sizeOf = (n: number): number => (n % 100 === 0 ? 2 * MIB + n : 990_000 + n * 7);
    await putMany(
      3_000,
      (n) => `many/${n % 30}/${n}`,
      (n) => Buffer.alloc(sizeOf(n), `${n} `),
    );
    expect(await tested('many')).toBeGreaterThan(3_000_000_000);
  });

  it('of 70,000 objects speaks ZIP64 and is taken as well', async () => {
    await putEmpty('wide', 69_990);
    for (let n = 0; n < 10; n += 1) await put(`wide/${n}000-full`, Buffer.from(`content ${n}`));
    expect(await tested('wide')).toBeGreaterThan(69_990 * (30 + 46));
  });

  it('breaks off when an object changes while it is on its way', async () => {
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f'])
      await put(`changing/${key}`, Buffer.alloc(16 * MIB, key));
    const response = await opened('changing');
    let received = 0;
    const reading = (async () => {
      for await (const chunk of response) {
        if (received === 0) await put('changing/f', Buffer.from('other'));
        received += chunk.length;
      }
    })();
    await expect(reading).rejects.toThrow('aborted');
    expect(received).toBeLessThan(Number(response.headers['content-length']));
    expect(await openBlobs()).toBe(0);
  });

  it('frees what stands behind it within a second after its reader left, two hundred times', async () => {
    for (let n = 0; n < 200; n += 1) {
      const response = await opened(n % 2 === 0 ? 'changing' : 'many');
      response.on('error', () => undefined);
      await new Promise((resolve) => response.once('data', resolve));
      response.destroy();
    }
    await after(1_000);
    expect(await openBlobs()).toBe(0);
    expect((await call(`GET ${objects}${here.bucketId}/objects`, { token: here.owner.token })).status).toBe(
      200,
    );
  });
});

describe('deleting a folder', () => {
  it('of 10,001 objects takes eleven batches and leaves the one beside it', async () => {
    await putEmpty('gone', 10_001);
    await putEmpty('gone2', 3);
    batches = 0;
    const answer = await call(`DELETE ${objects}${here.bucketId}/objects?key=gone&recursive=true`, {
      token: here.owner.token,
    });
    expect([answer.status, batches]).toEqual([204, 11]);
    const left = await rig.database.db('blob_objects').where('key', 'like', 'gone%').pluck('key');
    expect(left.sort()).toEqual(['gone2/1', 'gone2/2', 'gone2/3']);
  });
});
