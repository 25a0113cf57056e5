import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type Client, clientOf, person } from '../support/client.js';
import { cleanUp, dataDirectory, type Program, startProgram } from './support/server.js';

afterEach(cleanUp);

const ROUNDS = 3;
const SLOTS = 12;
const ENOUGH = 90;
const KIB = 1024;
/** Smaller objects lie in rows and have no file. */
const SMALL_BELOW = 4 * KIB;
/** Leases of a minute, sweeps every half, and a lease of the job that the dead process may have held. */
const SWEPT_WITHIN_MS = 170_000;

/** What object `key` holds after its n-th upload: from nothing to two megabytes. */
const sizeOf = (n: number): number => (n % 9 === 8 ? 2 * KIB * KIB + n : (n % 8) * 31 * KIB + n);
const contentOf = (key: string, n: number): Buffer => Buffer.alloc(sizeOf(n), `${key} ${n} `);
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The newest upload of each key that was begun, and the newest that was answered 204. */
type Ledger = { readonly begun: Map<string, number>; readonly done: Map<string, number> };
type Site = {
  readonly origin: string;
  readonly call: Client;
  readonly token: string;
  readonly bucket: string;
};

const objectAt = (bucket: string, key: string) =>
  `/v1/buckets/${bucket}/objects?key=${encodeURIComponent(key)}`;

/** Uploads until the server is gone. */
const upload = async (
  { call, token, bucket }: Site,
  { begun, done }: Ledger,
  name: string,
): Promise<void> => {
  for (let n = 0; ; n += 1)
    for (const key of [`${name}/current`, `${name}/${n}`]) {
      begun.set(key, n);
      const answer = await call(`PUT ${objectAt(bucket, key)}`, { token, bytes: contentOf(key, n) }).catch(
        () => undefined,
      );
      if (!answer) return;
      expect([answer.status, answer.text]).toEqual([204, '']);
      done.set(key, n);
    }
};

/** A sender that is never done: there is always an upload to be cut off in its middle. */
const trickle = async ({ call, token, bucket }: Site, { begun }: Ledger, key: string): Promise<void> => {
  begun.set(key, 0);
  const endless = new ReadableStream({
    pull: async (controller) => {
      await pause(5);
      controller.enqueue(Buffer.alloc(KIB, 'x'));
    },
  });
  await expect(call(`PUT ${objectAt(bucket, key)}`, { token, bytes: endless })).rejects.toThrow();
};

const uploadUntilKilled = async (program: Program, site: Site, ledger: Ledger, round: number) => {
  const before = ledger.done.size;
  const uploads = Array.from({ length: SLOTS }, (_, i) => upload(site, ledger, `round-${round}/slot-${i}`));
  const trickles = [trickle(site, ledger, `round-${round}/endless`)];
  const enough = async (): Promise<void> => {
    while (ledger.done.size - before < ENOUGH) await pause(10);
  };
  await Promise.race([enough(), ...uploads]);
  expect(await program.end('SIGKILL')).toBe('SIGKILL');
  await Promise.all([...uploads, ...trickles]);
};

const listed = async ({ call, token, bucket }: Site, prefix = ''): Promise<string[]> => {
  const keys: string[] = [];
  for (let next: string | undefined = ''; next !== undefined; ) {
    const query = new URLSearchParams({
      prefix,
      max_keys: '1000',
      ...(next && { continuation_token: next }),
    });
    const { status, body } = await call(`GET /v1/buckets/${bucket}/objects?${query}`, { token });
    expect(status).toBe(200);
    for (const { key, type } of body.items as { key: string; type: string }[])
      keys.push(...(type === 'folder' ? await listed({ call, token, bucket, origin: '' }, key) : [key]));
    next = body.next_continuation_token;
  }
  return keys;
};

type Found = { readonly key: string; readonly size: number };

const download = async ({ origin, token, bucket }: Site, key: string): Promise<Buffer> => {
  const at = `${origin}/v1/buckets/${bucket}/objects/download?key=${encodeURIComponent(key)}`;
  const answer = await fetch(at, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status, key).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
};

/**
 * Each object is, whole, the newest upload that was answered, or a newer one that had arrived but whose answer
 * was cut off; nothing that was answered is missing and nothing that was never sent whole is there.
 */
const expectWhatWasAnswered = async (site: Site, { begun, done }: Ledger): Promise<readonly Found[]> => {
  const keys = await listed(site);
  const found: Found[] = [];
  expect(keys).toEqual(expect.arrayContaining([...done.keys()]));
  for (const key of keys) {
    const content = await download(site, key);
    found.push({ key, size: content.length });
    const newest = [done.get(key), begun.get(key)].filter((n) => n !== undefined);
    expect(
      newest.map((n) => digestOf(contentOf(key, n))),
      key,
    ).toContain(digestOf(content));
  }
  expect(keys.filter((key) => key.endsWith('/endless'))).toEqual([]);
  return found;
};

const filesIn = async (directory: string): Promise<readonly string[]> =>
  (await readdir(directory, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

describe('a server that is killed in the middle of uploads', () => {
  it('keeps what it has answered, shows nothing else, and in the end has no file that nobody names', async () => {
    const dataDir = await dataDirectory();
    const temporary = join(dataDir, 'objects', 'tmp');
    const stored = join(dataDir, 'objects', 'objects');
    const start = () =>
      startProgram({ TOLLHOUSE_DATA_DIR: dataDir, LOG_LEVEL: 'warn', REQUESTS_PER_MINUTE: '10000000' });
    let program = await start();
    const { token } = await person(clientOf({ url: program.origin }));
    const make = async (at: string, json: unknown): Promise<string> =>
      (await clientOf({ url: program.origin })(`POST ${at}`, { token, json })).body.id;
    const project = await make('/v1/projects', { name: 'Project' });
    const bucket = await make(`/v1/projects/${project}/buckets`, { name: 'files', region: 'local' });
    const site = (): Site => ({
      origin: program.origin,
      call: clientOf({ url: program.origin }),
      token,
      bucket,
    });

    const ledger: Ledger = { begun: new Map(), done: new Map() };
    for (let round = 0; round < ROUNDS; round += 1) {
      await uploadUntilKilled(program, site(), ledger, round);
      expect((await filesIn(temporary)).length, 'uploads that were cut off').toBeGreaterThan(0);
      program = await start();
      await expectWhatWasAnswered(site(), ledger);
    }

    const deadline = Date.now() + SWEPT_WITHIN_MS;
    const found = await expectWhatWasAnswered(site(), ledger);
    const inFiles = found.filter(({ size }) => size >= SMALL_BELOW).length;
    const isSwept = async (): Promise<boolean> =>
      (await readdir(temporary)).length === 1 && (await filesIn(stored)).length === inFiles;
    while (!(await isSwept()) && Date.now() < deadline) await pause(1_000);
    expect(await readdir(temporary), 'the directory of the living process').toHaveLength(1);
    expect(await filesIn(temporary)).toEqual([]);
    expect(await filesIn(stored)).toHaveLength(inFiles);
    expect(await expectWhatWasAnswered(site(), ledger)).toEqual(found);

    expect(await program.end()).toBe(0);
    expect(await readdir(temporary)).toEqual([]);
    expect(await filesIn(stored)).toHaveLength(inFiles);
  });
});
