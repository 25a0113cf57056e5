import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instant } from '../../src/domain/shared/time.js';
import type { Export, ExportState, Provider } from '../../src/ports/fleet/providers.js';
import {
  exportOf,
  flushed,
  type GatewayBucket,
  type GatewayHost,
  type GatewayStore,
  gatewayHost,
  gatewayStore,
  NO_RCLONE,
  rcloneHere,
  serving,
  specOf,
  TOKEN,
} from './support/gateways.js';
import { NO_NFS, nfsHere, nfsOf } from './support/nfs.js';
import { childrenBelow, clientOn } from './support/webdav.js';

const ID = 'fs-1';
const MIB = 1024 * 1024;
/** Its own, for other suites may run beside this one. */
const PORTS = { first: 31_000, last: 31_099 };
const rclone = await rcloneHere();
const nfs = rclone && (await nfsHere());

describe.skipIf(!nfs)('exports over NFS', () => {
  let store: GatewayStore;
  let host: GatewayHost;
  let bucket: GatewayBucket;
  let wanted: Export;
  beforeAll(async () => {
    store = await gatewayStore();
  });
  afterAll(() => store.close());
  const over = () => ({ ports: PORTS, nfs: nfs || NO_NFS, ownEndpoints: () => [store.endpoint] });
  beforeEach(async () => {
    host = await gatewayHost(rclone ?? NO_RCLONE, over());
    bucket = await store.bucket();
    wanted = exportOf(ID, bucket.keys, store.endpoint);
  });
  afterEach(async () => {
    store.gate.jammed.clear();
    await host.close();
    expect(await mounted()).toEqual([]);
  });

  const mounted = async () =>
    (await readFile('/proc/self/mountinfo', 'utf8'))
      .split('\n')
      .filter((line) => line.includes(host.options.stateDir));
  const jam = () => store.gate.jammed.add(bucket.keys.bucket);
  const unjam = () => store.gate.jammed.delete(bucket.keys.bucket);
  const directory = (id = ID) => join(host.options.stateDir, TOKEN, 'exports', id);
  const pidOf = async (path: string, id = ID): Promise<number> =>
    JSON.parse(await readFile(join(directory(id), path), 'utf8')).pid;
  const pids = async (id = ID) => ({
    rclone: await pidOf('pid.json', id),
    ganesha: await pidOf('nfs/pid.json', id),
  });
  const children = () => childrenBelow(host.options.stateDir);
  const stateOf = async (provider: Provider, id = ID): Promise<ExportState> => {
    const states = (await provider.control.health(TOKEN))._unsafeUnwrap();
    const state = states.find(({ fileSystemId }) => fileSystemId === id);
    if (!state) throw new Error(`${id} is not served`);
    return state;
  };
  const up = async (provider: Provider): Promise<void> => {
    // A store that takes nothing is a reason too, and not one of ours.
    const hindrance = async () => (await stateOf(provider)).reason ?? '';
    await expect.poll(hindrance, { timeout: 20_000, interval: 100 }).not.toMatch(/process/);
  };
  const nfsOn = async (provider: Provider, id = ID) => nfsOf((await stateOf(provider, id)).served);
  const put = async (provider: Provider, files: Record<string, Buffer>) =>
    (await nfsOn(provider)).put(new Map(Object.entries(files).map(([name, bytes]) => [name, () => bytes])));
  const dirty = async (provider: Provider) => (await provider.control.dirty(TOKEN, ID))._unsafeUnwrap();
  const object = async (Key: string): Promise<Buffer> => {
    const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.keys.bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const stored = (Key: string, Body: Buffer) =>
    bucket.client.send(new PutObjectCommand({ Bucket: bucket.keys.bucket, Key, Body }));

  it('show the same files as WebDAV does, at once and long before the bucket has them', async () => {
    const provider = host.open();
    await serving(provider, [wanted]);
    const webdav = await clientOn(provider, TOKEN, wanted);
    const client = await nfsOn(provider);
    jam();
    const [one, two, three] = [randomBytes(2 * MIB), randomBytes(MIB), randomBytes(3 * MIB)];
    await put(provider, { one });
    expect((await webdav.get('one')).equals(one)).toBe(true);
    expect(await webdav.put('two', two)).toBe(201);
    expect((await client.cat('two')).equals(two)).toBe(true);
    expect(await webdav.put('one', three)).toBe(201);
    expect((await client.cat('one')).equals(three)).toBe(true);
    expect([...(await client.list())].sort()).toEqual([
      ['one', 3 * MIB],
      ['two', MIB],
    ]);
    expect([await dirty(provider), await bucket.count()]).toEqual([2, 0]);
    expect(await webdav.remove('two')).toBe(204);
    expect([...(await client.list()).keys()]).toEqual(['one']);
    unjam();
    await flushed(provider, TOKEN, ID);
    expect((await object('one')).equals(three)).toBe(true);
    expect(await bucket.count()).toBe(1);
  });

  it('are told of with the address of this host, and hold no secret in file or argument that others may read', async () => {
    const provider = host.open();
    await serving(provider, [wanted]);
    const { served } = await stateOf(provider);
    expect(served.nfs).toEqual({ server: '127.0.0.1', port: expect.any(Number), path: `/${ID}` });
    const home = join(directory(), 'nfs');
    const texts = await Promise.all(
      [...(await children())].map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8')),
    );
    for (const name of ['ganesha.conf', 'pid.json', 'log'])
      texts.push(await readFile(join(home, name), 'utf8'));
    const { secretAccessKey } = bucket.keys;
    for (const text of texts) {
      expect(text).not.toContain(secretAccessKey);
      expect(text).not.toContain(wanted.password);
    }
    expect(((await stat(home)).mode & 0o777).toString(8)).toBe('700');
    // Nobody who cleans up in here reaches the objects.
    expect([await mounted(), await readdir(join(home, 'mount'))]).toEqual([[], []]);
  });

  it('count a file as dirty for as long as its writer holds it open', async () => {
    const provider = host.open();
    await serving(provider, [wanted]);
    const held = await (await nfsOn(provider)).hold('held');
    await pause(2_500);
    expect([await dirty(provider), await bucket.count()]).toEqual([1, 0]);
    expect(await held.finish()).toBe(0);
    await flushed(provider, TOKEN, ID);
    expect((await object('held')).byteLength).toBe(7_800);
  });

  it.each([{ victims: ['rclone'] }, { victims: ['ganesha'] }, { victims: ['ganesha', 'rclone'] }] as const)(
    'are there again at the same address when $victims is killed, and nothing is lost that was taken',
    async ({ victims }) => {
      const provider = host.open();
      const old = randomBytes(MIB);
      await stored('old', old);
      await serving(provider, [wanted]);
      jam();
      const files = { empty: Buffer.alloc(0), small: randomBytes(10), large: randomBytes(3 * MIB) };
      await put(provider, files);
      for (let round = 0; round < 2; round += 1) {
        const [before, { served }] = [await pids(), await stateOf(provider)];
        await pause(200);
        for (const victim of victims) process.kill(before[victim], 'SIGKILL');
        for (const victim of victims)
          await expect.poll(children, { timeout: 10_000, interval: 5 }).not.toContain(before[victim]);
        expect(await dirty(provider)).toBe(3);
        await up(provider);
        expect((await stateOf(provider)).served).toEqual(served);
        const after = await pids();
        expect([after.rclone === before.rclone, after.ganesha === before.ganesha]).toEqual([
          victims.length === 1 && victims[0] === 'ganesha',
          false,
        ]);
        const client = await nfsOn(provider);
        for (const [name, bytes] of Object.entries({ ...files, old }))
          expect([name, (await client.cat(name)).equals(bytes)]).toEqual([name, true]);
      }
      expect(await dirty(provider)).toBe(3);
      unjam();
      await flushed(provider, TOKEN, ID);
      for (const [name, bytes] of Object.entries(files))
        expect((await object(name)).equals(bytes)).toBe(true);
      expect(await children()).toHaveLength(2);
    },
  );

  it('serve on when the control plane is killed, and are found again by the next one, written down or not', async () => {
    const { clock: _c, random: _r, log: _l, ownEndpoints: _o, ...options } = host.options;
    const spec = specOf();
    const given = {
      options,
      spec: { ...spec, type: { ...spec.type, microsPerHour: 0 } },
      token: TOKEN,
      wanted,
    };
    const script = fileURLToPath(new URL('fleet-gateways-child.mjs', import.meta.url));
    const first = spawn(process.execPath, [script, JSON.stringify(given)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => first.stdout.once('data', resolve));
    const before = await pids();
    await new Promise((resolve) => {
      first.once('exit', resolve);
      first.kill('SIGKILL');
    });
    for (const name of ['pid.json', 'nfs/pid.json']) await rm(join(directory(), name));
    const provider = host.open();
    await expect.poll(() => pids().catch(() => undefined), { timeout: 10_000 }).toEqual(before);
    await put(provider, { between: Buffer.from('taken') });
    await pause(2_500);
    expect([await pids(), await children()]).toEqual([before, expect.objectContaining({ length: 2 })]);
    await flushed(provider, TOKEN, ID);
    expect((await object('between')).toString()).toBe('taken');
    (await provider.instances.terminate(TOKEN))._unsafeUnwrap();
    expect(await children()).toEqual([]);
  });

  it('let a writer come to its end before they drain, take nothing new then, and serve readers', async () => {
    const provider = host.open();
    await serving(provider, [wanted]);
    const held = await (await nfsOn(provider)).hold('late');
    (await provider.control.drain(TOKEN, ID))._unsafeUnwrap();
    await pause(1_500);
    expect(await dirty(provider)).toBeGreaterThan(0);
    expect(await held.finish()).toBe(0);
    await expect.poll(() => dirty(provider), { timeout: 30_000 }).toBe(0);
    expect((await object('late')).byteLength).toBe(7_800);
    await up(provider);
    const client = await nfsOn(provider);
    expect((await client.cat('late')).byteLength).toBe(7_800);
    await expect(put(provider, { 'too-late': Buffer.from('x') })).rejects.toThrow(/ROFS/);
    expect([await dirty(provider), await bucket.count()]).toEqual([0, 1]);
  });

  it('drain without a writer that does not come to its end, and keep what it had sent', async () => {
    let late = 0;
    Object.assign(host.options, { clock: { now: () => instant(Date.now() + late) } });
    const provider = host.open();
    await serving(provider, [wanted]);
    const held = await (await nfsOn(provider)).hold('endless');
    (await provider.control.drain(TOKEN, ID))._unsafeUnwrap();
    late = 60_000;
    await expect.poll(() => dirty(provider), { timeout: 30_000 }).toBe(0);
    expect((await object('endless')).byteLength).toBe(3_900);
    expect(await held.finish()).not.toBe(0);
    expect((await object('endless')).byteLength).toBe(3_900);
  });

  it('are stopped once all is home, even where the server does not listen, and leave no process and no mount', async () => {
    const provider = host.open();
    await serving(provider, [wanted]);
    const before = await pids();
    const hidden = (await readFile(`/proc/${before.ganesha}/mountinfo`, 'utf8')).split('\n');
    expect(hidden.filter((line) => line.includes('fuse.rclone'))).toHaveLength(1);
    const bytes = randomBytes(MIB);
    jam();
    await put(provider, { last: bytes });
    process.kill(before.ganesha, 'SIGSTOP');
    (await provider.instances.stop(TOKEN))._unsafeUnwrap();
    expect((await provider.instances.observe(TOKEN))._unsafeUnwrap()?.state).toBe('stopping');
    unjam();
    const state = async () => (await provider.instances.observe(TOKEN))._unsafeUnwrap()?.state;
    await expect.poll(state, { timeout: 40_000 }).toBe('stopped');
    expect([await children(), await mounted()]).toEqual([[], []]);
    expect((await object('last')).equals(bytes)).toBe(true);
    (await provider.instances.start(TOKEN))._unsafeUnwrap();
    (await provider.control.exports(TOKEN, [wanted]))._unsafeUnwrap();
    await up(provider);
    expect((await (await nfsOn(provider)).cat('last')).equals(bytes)).toBe(true);
    (await provider.instances.terminate(TOKEN))._unsafeUnwrap();
    expect([await children(), await mounted(), await bucket.count()]).toEqual([[], [], 1]);
  });

  it('begin and end without touching any other export', async () => {
    const provider = host.open();
    await serving(provider, [wanted]);
    const before = await pids();
    const other = exportOf('fs-2', (await store.bucket()).keys, store.endpoint);
    await serving(provider, [wanted, other]);
    expect((await stateOf(provider, 'fs-2')).served.nfs).toMatchObject({ path: '/fs-2' });
    expect([...(await (await nfsOn(provider, 'fs-2')).list())]).toEqual([]);
    (await provider.control.exports(TOKEN, [wanted]))._unsafeUnwrap();
    await expect.poll(children, { timeout: 20_000 }).toHaveLength(2);
    expect(await pids()).toEqual(before);
  });

  it('come and go with the setting, WebDAV stays where it is, and what was taken stays taken', async () => {
    const first = host.open();
    await serving(first, [wanted]);
    const webdav = (await stateOf(first)).served.webdav;
    jam();
    await put(first, { taken: Buffer.from('taken') });
    await first.close();
    Object.assign(host.options, { nfs: undefined });
    const plain = host.open();
    await expect.poll(children, { timeout: 20_000 }).toHaveLength(1);
    await up(plain);
    expect([(await stateOf(plain)).served, await dirty(plain)]).toEqual([{ webdav }, 1]);
    await plain.close();
    Object.assign(host.options, over());
    const again = host.open();
    await expect.poll(children, { timeout: 20_000 }).toHaveLength(2);
    await up(again);
    expect((await (await nfsOn(again)).cat('taken')).toString()).toBe('taken');
    unjam();
    await flushed(again, TOKEN, ID);
  });
});
