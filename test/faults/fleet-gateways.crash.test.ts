import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RcloneProvider } from '../../src/adapters/rclone/provider.js';
import type { Export } from '../../src/ports/fleet/providers.js';
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
import { childrenBelow, clientOn } from './support/webdav.js';

const MIB = 1024 * 1024;
const ID = 'files';
const rclone = await rcloneHere();

/** So many bytes, and the rest when the sender is let go. */
const halting = (bytes: Buffer, first: number) => {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const body = async function* () {
    yield bytes.subarray(0, first);
    await held;
    yield bytes.subarray(first);
  };
  return { body: ReadableStream.from(body()) as ReadableStream<Uint8Array>, letGo };
};

describe.skipIf(!rclone)('gateways of this host when processes die', () => {
  let store: GatewayStore;
  let host: GatewayHost;
  let bucket: GatewayBucket;
  let wanted: Export;
  beforeAll(async () => {
    store = await gatewayStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    host = await gatewayHost(rclone ?? NO_RCLONE, { ownEndpoints: () => [store.endpoint] });
    bucket = await store.bucket();
    wanted = exportOf(ID, bucket.keys, store.endpoint);
  });
  afterEach(() => host.close());

  const children = () => childrenBelow(host.options.stateDir);
  const theChild = async (): Promise<number> => {
    const pids = await children();
    expect(pids).toHaveLength(1);
    return pids[0] ?? 0;
  };
  const health = async (provider: RcloneProvider) =>
    (await provider.control.health(TOKEN))._unsafeUnwrap().map(({ healthy }) => healthy);
  const healthy = (provider: RcloneProvider) =>
    expect.poll(() => health(provider), { timeout: 20_000, interval: 100 }).toEqual([true]);
  const dirty = async (provider: RcloneProvider) => (await provider.control.dirty(TOKEN, ID))._unsafeUnwrap();
  const object = async (Key: string): Promise<Buffer> => {
    const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.keys.bucket, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };
  const stored = (Key: string, Body: Buffer) =>
    bucket.client.send(new PutObjectCommand({ Bucket: bucket.keys.bucket, Key, Body }));

  it('starts a killed process again at the same address, and nothing is lost that was taken', async () => {
    const provider = host.open();
    const ref = await serving(provider, [wanted]);
    const client = await clientOn(provider, ref, wanted);
    const files = Array.from({ length: 5 }, (_, n) => [`file-${n}`, randomBytes(1 + n * 500_000)] as const);
    store.gate.jammed.add(bucket.keys.bucket);
    for (const [name, bytes] of files) expect(await client.put(name, bytes)).toBe(201);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      const before = await theChild();
      process.kill(before, signal);
      await expect.poll(children, { timeout: 10_000, interval: 5 }).not.toContain(before);
      expect(await dirty(provider)).toBe(5);
      await healthy(provider);
      expect([await dirty(provider), (await theChild()) === before]).toEqual([5, false]);
    }
    store.gate.jammed.clear();
    await flushed(provider, ref, ID);
    for (const [name, bytes] of files)
      for (const read of [object, client.get]) expect((await read(name)).equals(bytes)).toBe(true);
  });

  it('keeps what was taken when rclone is killed while it writes down what it knows of that', async () => {
    const first = host.open();
    const ref = await serving(first, [wanted]);
    const client = await clientOn(first, ref, wanted);
    store.gate.jammed.add(bucket.keys.bucket);
    const bytes = randomBytes(500_000);
    expect(await client.put('torn', bytes)).toBe(201);
    process.kill(await theChild(), 'SIGKILL');
    await expect.poll(children, { timeout: 10_000, interval: 5 }).toEqual([]);
    await healthy(first);
    await first.close();
    process.kill(await theChild(), 'SIGKILL');
    await expect.poll(children, { timeout: 10_000, interval: 5 }).toEqual([]);
    await writeFile(cached('torn').replace('/vfs/', '/vfsMeta/'), '');
    const second = host.open();
    await healthy(second);
    store.gate.jammed.clear();
    await flushed(second, ref, ID);
    expect((await object('torn')).equals(bytes)).toBe(true);
  });

  it('tells that an export is not served while its process is down', async () => {
    const provider = host.open();
    await serving(provider, [wanted]);
    await provider.close();
    process.kill(await theChild(), 'SIGKILL');
    await expect.poll(children).toEqual([]);
    const [state] = (await provider.control.health(TOKEN))._unsafeUnwrap();
    expect(state).toMatchObject({ fileSystemId: ID, healthy: false });
    expect(state?.reason).toMatch(/ended/);
  });

  it('leaves an object as it is when the process dies while a client writes it anew', async () => {
    const provider = host.open();
    const [old, fresh] = [randomBytes(3 * MIB), randomBytes(3 * MIB)];
    await stored('kept', old);
    const ref = await serving(provider, [wanted]);
    const client = await clientOn(provider, ref, wanted);
    const { body, letGo } = halting(fresh, MIB);
    const cut = client.put('kept', body).then(
      (status) => status,
      () => 'cut off',
    );
    await expect
      .poll(async () => (await readFile(cached('kept')).catch(() => Buffer.alloc(0))).byteLength)
      .toBe(MIB);
    process.kill(await theChild(), 'SIGKILL');
    expect(await cut).toBe('cut off');
    letGo();
    await healthy(provider);
    await flushed(provider, ref, ID);
    await pause(2_000);
    expect((await object('kept')).equals(old)).toBe(true);
    expect((await client.get('kept')).equals(old)).toBe(true);
  });

  const cached = (name: string) =>
    join(host.options.stateDir, TOKEN, 'exports', ID, 'cache/vfs/store', bucket.keys.bucket, name);

  it('lets clients end what they write before it drains, and takes nothing new', async () => {
    const provider = host.open();
    const ref = await serving(provider, [wanted]);
    const client = await clientOn(provider, ref, wanted);
    const bytes = randomBytes(3 * MIB);
    const { body, letGo } = halting(bytes, MIB);
    const written = client.put('late', body);
    await expect
      .poll(async () => (await readFile(cached('late')).catch(() => Buffer.alloc(0))).byteLength)
      .toBe(MIB);
    (await provider.control.drain(ref, ID))._unsafeUnwrap();
    expect(await client.put('too-late', 'x')).toBe(401);
    await pause(1_500);
    expect(await dirty(provider)).toBeGreaterThan(0);
    letGo();
    expect(await written).toBe(201);
    await expect.poll(() => dirty(provider), { timeout: 20_000 }).toBe(0);
    // The process that takes no more is only just beginning.
    const read = () =>
      client.get('late').then(
        (found) => found.equals(bytes),
        () => false,
      );
    await expect.poll(read).toBe(true);
    expect((await object('late')).equals(bytes)).toBe(true);
    expect(await client.put('too-late', 'x')).toBeGreaterThanOrEqual(400);
    expect(await bucket.count()).toBe(1);
  });

  const controlPlane = async (): Promise<ChildProcess> => {
    const { clock: _clock, random: _random, log: _log, ownEndpoints: _own, ...options } = host.options;
    const spec = specOf();
    const given = {
      options,
      spec: { ...spec, type: { ...spec.type, microsPerHour: 0 } },
      token: TOKEN,
      wanted,
    };
    const script = fileURLToPath(new URL('fleet-gateways-child.mjs', import.meta.url));
    const child = spawn(process.execPath, [script, JSON.stringify(given)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('it ended before it served')));
      child.stdout?.once('data', () => resolve());
    });
    child.removeAllListeners('exit');
    return child;
  };
  const killed = (child: ChildProcess) =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });

  it('serves on when the control plane is killed, and is found again by the next one', async () => {
    const first = await controlPlane();
    const pid = await theChild();
    store.gate.jammed.add(bucket.keys.bucket);
    await killed(first);
    const provider = host.open();
    const client = await clientOn(provider, TOKEN, wanted);
    expect(await client.put('in-between', 'taken')).toBe(201);
    expect([await health(provider), await dirty(provider)]).toEqual([[true], 1]);
    const listed = (await provider.instances.list(specOf().deployment))._unsafeUnwrap();
    expect(listed).toMatchObject([{ ref: TOKEN, state: 'running' }]);
    await pause(2_500);
    expect(await theChild()).toBe(pid);
    store.gate.jammed.clear();
    await flushed(provider, TOKEN, ID);
    expect((await object('in-between')).toString()).toBe('taken');
    (await provider.instances.terminate(TOKEN))._unsafeUnwrap();
    expect(await children()).toEqual([]);
  });

  it('finds a process that was started and not written down, and starts no second one', async () => {
    const first = await controlPlane();
    const pid = await theChild();
    await killed(first);
    await rm(join(host.options.stateDir, TOKEN, 'exports', ID, 'pid.json'));
    const provider = host.open();
    await healthy(provider);
    expect(await theChild()).toBe(pid);
  });

  it('starts one process in place of a dead one, however many look after it', async () => {
    const [one, two] = [host.open(), host.open()];
    await serving(one, [wanted]);
    for (let round = 0; round < 2; round += 1) {
      process.kill(await theChild(), 'SIGKILL');
      await expect.poll(children, { interval: 5 }).toEqual([]);
      await healthy(two);
      await pause(1_500);
      await theChild();
    }
  });

  it('never ends a process that has the number of one of its own', async () => {
    const provider = host.open();
    const ref = await serving(provider, [wanted]);
    const pid = await theChild();
    const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
    const ended = new Promise((resolve) => bystander.once('exit', (_code, signal) => resolve(signal)));
    const path = join(host.options.stateDir, TOKEN, 'exports', ID, 'pid.json');
    const written = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...written, pid: bystander.pid }));
    // The one that really serves is found by where it works.
    await expect
      .poll(async () => JSON.parse(await readFile(path, 'utf8')).pid, { timeout: 10_000 })
      .toBe(pid);
    await writeFile(path, JSON.stringify({ ...written, pid: bystander.pid }));
    (await provider.instances.stop(ref))._unsafeUnwrap();
    await expect.poll(children, { timeout: 20_000 }).toEqual([]);
    expect(bystander.exitCode ?? bystander.signalCode).toBeNull();
    bystander.kill('SIGINT');
    expect(await ended).toBe('SIGINT');
  });
});
