import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { network } from '../../src/adapters/kit/network.js';
import type { RcloneOptions } from '../../src/adapters/rclone/options.js';
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
  TOKEN,
} from './support/gateways.js';
import { childrenBelow, clientOn } from './support/webdav.js';

const rclone = await rcloneHere();
/** A name that only these tests know, for a store of a stranger's. */
const NAME = 'store.example.com';
const LOOPBACK = network('127.0.0.1/32');
const onLoopback: Partial<RcloneOptions> = {
  resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  outboundAllow: LOOPBACK ? [LOOPBACK] : [],
};

const filesBelow = async (directory: string): Promise<readonly string[]> => {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries.map(({ parentPath, name }) => join(parentPath, name));
};

const servers: Server[] = [];
const listening = async (answer: (url: string) => [number, Record<string, string>]) => {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    response.writeHead(...answer(url)).end('internal');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { asked, port: (server.address() as AddressInfo).port };
};

describe.skipIf(!rclone)('what gateways of this host keep to themselves', () => {
  let store: GatewayStore;
  let bucket: GatewayBucket;
  let host: GatewayHost;
  beforeAll(async () => {
    store = await gatewayStore();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    bucket = await store.bucket();
  });
  afterEach(async () => {
    await host.close();
    for (const server of servers.splice(0)) server.close();
  });

  const wantedAt = (endpoint: string): Export => exportOf('files', bucket.keys, endpoint);
  const opened = async (over: Partial<RcloneOptions> = {}) => {
    host = await gatewayHost(rclone ?? NO_RCLONE, over);
    return host.open();
  };

  it('shows no secret in the arguments or the environment of a process', async () => {
    process.env['AWS_CA_BUNDLE'] = '/nowhere';
    process.env['RCLONE_VERBOSE'] = '2';
    const provider = await opened({ ownEndpoints: () => [store.endpoint] });
    const wanted = wantedAt(store.endpoint);
    await serving(provider, [wanted]);
    const [pid] = await childrenBelow(host.options.stateDir);
    const of = async (what: string) =>
      (await readFile(`/proc/${pid}/${what}`, 'utf8')).split('\0').filter((text) => text !== '');
    const control = await readFile(
      join(host.options.stateDir, TOKEN, 'exports/files/control-password'),
      'utf8',
    );
    const shown = [...(await of('cmdline')), ...(await of('environ'))].join('\n');
    for (const secret of [bucket.keys.secretAccessKey, bucket.keys.accessKeyId, wanted.password, control])
      expect(shown).not.toContain(secret);
    expect((await of('environ')).map((line) => line.split('=')[0])).toEqual(['HOME']);
    delete process.env['AWS_CA_BUNDLE'];
    delete process.env['RCLONE_VERBOSE'];
  });

  it('keeps all it has for its owner alone, and no secret of an export that does not run', async () => {
    const provider = await opened({ ownEndpoints: () => [store.endpoint] });
    const wanted = wantedAt(store.endpoint);
    const ref = await serving(provider, [wanted]);
    const client = await clientOn(provider, ref, wanted);
    expect(await client.put('directory-less', 'content')).toBe(201);
    await flushed(provider, ref, 'files');
    for (const path of [host.options.stateDir, ...(await filesBelow(host.options.stateDir))]) {
      const found = await stat(path);
      // What rclone itself writes into its cache is kept by the directories above.
      if (found.isDirectory() || !path.includes('/cache/'))
        expect([path, found.mode & 0o077]).toEqual([path, 0]);
    }
    (await provider.instances.stop(ref))._unsafeUnwrap();
    await expect
      .poll(async () => (await provider.instances.observe(TOKEN))._unsafeUnwrap()?.state)
      .toBe('stopped');
    for (const path of await filesBelow(host.options.stateDir)) {
      if (!(await stat(path)).isFile()) continue;
      const text = await readFile(path, 'latin1');
      expect([path, text.includes(wanted.password), text.includes(bucket.keys.secretAccessKey)]).toEqual([
        path,
        false,
        false,
      ]);
    }
  });

  it('lets in nobody without the password, neither to the files nor to the controls', async () => {
    const provider = await opened({ ownEndpoints: () => [store.endpoint] });
    const wanted = wantedAt(store.endpoint);
    const ref = await serving(provider, [wanted]);
    const client = await clientOn(provider, ref, { ...wanted, password: 'guessed' });
    expect([await client.status(''), await client.put('a', 'b')]).toEqual([401, 401]);
    const record = JSON.parse(
      await readFile(join(host.options.stateDir, TOKEN, 'exports/files/export.json'), 'utf8'),
    );
    for (const path of ['core/command', 'config/dump', 'core/pid', 'rc/noop'])
      expect((await fetch(`http://127.0.0.1:${record.controlPort}/${path}`, { method: 'POST' })).status).toBe(
        401,
      );
  });

  it('goes to a store of a stranger through the guard', async () => {
    const provider = await opened(onLoopback);
    // Our own server answers to names of its own host only.
    const wanted = wantedAt(`http://store.localhost:${store.gate.port}/s3`);
    const ref = await serving(provider, [wanted]);
    const client = await clientOn(provider, ref, wanted);
    expect(await client.put('file', 'content')).toBe(201);
    await flushed(provider, ref, 'files');
    expect(await bucket.count()).toBe(1);
    // Another process of this host takes the door over when the one that kept it is gone.
    const next = host.open();
    await provider.close();
    await pause(1_500);
    expect(await client.put('second', 'content')).toBe(201);
    await flushed(next, ref, 'files');
    expect(await bucket.count()).toBe(2);
    expect(host.said).toEqual([]);
  });

  it('connects to no address of the inside, by whatever name', async () => {
    const inside = await listening(() => [200, {}]);
    const { resolve } = onLoopback;
    const provider = await opened(resolve ? { resolve } : {});
    const named = wantedAt(`http://${NAME}:${inside.port}`);
    const ref = await serving(provider, [named]);
    const client = await clientOn(provider, ref, named);
    expect(await client.status('latest/meta-data')).toBeGreaterThanOrEqual(400);
    expect(inside.asked).toEqual([]);
    const literal = { ...wantedAt(`http://127.0.0.1:${inside.port}`), fileSystemId: 'literal' };
    const states = (await provider.control.exports(ref, [named, literal]))._unsafeUnwrap();
    expect(states.find(({ fileSystemId }) => fileSystemId === 'literal')).toEqual({
      fileSystemId: 'literal',
      served: {},
      healthy: false,
      reason: 'its endpoint leads to an address that is not allowed',
    });
    expect(inside.asked).toEqual([]);
  });

  it('follows no redirect of a stranger to the inside', async () => {
    const inside = await listening(() => [200, {}]);
    const stranger = await listening((url) => [307, { Location: `http://127.0.0.1:${inside.port}${url}` }]);
    const provider = await opened(onLoopback);
    const wanted = wantedAt(`http://${NAME}:${stranger.port}`);
    const ref = await serving(provider, [wanted]);
    const client = await clientOn(provider, ref, wanted);
    expect(await client.status('file')).toBeGreaterThanOrEqual(400);
    expect(stranger.asked.length).toBeGreaterThan(0);
    expect(inside.asked).toEqual([]);
  });

  it('takes nothing of an address or a prefix as a setting', async () => {
    const provider = await opened({ ownEndpoints: () => [store.endpoint] });
    const wanted = wantedAt(store.endpoint);
    const secretAccessKey = 'x\n[store]\ntype = local';
    const broken: Export = {
      ...wanted,
      address: { ...wanted.address, secretAccessKey } as Export['address'],
    };
    const ref = await serving(provider, []);
    const [state] = (await provider.control.exports(ref, [broken]))._unsafeUnwrap();
    expect(state).toMatchObject({ healthy: false, served: {} });
    expect(state?.reason).toMatch(/secret access key/);
    expect(state?.reason).not.toContain('type');
    expect(await childrenBelow(host.options.stateDir)).toEqual([]);
    // Mended, it is served.
    const [mended] = (await provider.control.exports(ref, [wanted]))._unsafeUnwrap();
    expect(mended).toMatchObject({ healthy: true });
  });

  it('leaves what belongs to another deployment alone', async () => {
    const provider = await opened({ ownEndpoints: () => [store.endpoint] });
    await serving(provider, []);
    const { stateDir } = host.options;
    const mine = JSON.parse(await readFile(join(stateDir, TOKEN, 'spec.json'), 'utf8'));
    const directory = join(stateDir, 'theirs');
    await mkdir(join(directory, 'exports/files'), { recursive: true, mode: 0o700 });
    const spec = JSON.stringify({ ...mine, token: 'theirs', deployment: 'another-deployment' });
    await writeFile(join(directory, 'spec.json'), spec);
    const before = await filesBelow(directory);
    await pause(2_500);
    const { instances, control } = provider;
    expect((await instances.list(mine.deployment))._unsafeUnwrap().map(({ token }) => token)).toEqual([
      TOKEN,
    ]);
    expect((await instances.terminate('theirs'))._unsafeUnwrapErr().kind).toBe('provider_refused');
    for (const ask of [instances.start, instances.stop, control.health])
      expect((await ask('theirs'))._unsafeUnwrapErr().kind).toBe('not_found');
    expect((await instances.ensure({ ...mine, type: mine.type }, 'theirs')).isErr()).toBe(true);
    expect(await filesBelow(directory)).toEqual(before);
    expect(await readFile(join(directory, 'spec.json'), 'utf8')).toBe(spec);
  });
});
