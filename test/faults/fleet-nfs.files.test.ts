import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Served } from '../../src/domain/fleet/file-system.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import {
  bytesOf,
  type Deployment,
  deployment,
  digestOf,
  type FleetSite,
  fleetSite,
} from './support/fleet.js';
import { rcloneHere } from './support/gateways.js';
import { nfsHere, nfsOf } from './support/nfs.js';
import { cleanUp } from './support/server.js';

const MIB = 1024 * 1024;
const FILES = 100;
/** The large one is written beside all others. Then: nothing, around what one write carries, a row's and a part's size. */
const SIZES = [100 * MIB, 0, 1, 3_899, 3_900, 3_901, 4_096, 4_097, 5 * MIB, 8 * MIB - 1, 8 * MIB + 1];
const FOLDERS = ['', 'a b/', 'a b/ünï/', '100% +sure#1&=;/'];

/** Names and sizes; what is in a file follows from its name. */
const files: ReadonlyMap<string, number> = new Map(
  Array.from({ length: FILES }, (_, n) => [
    `${FOLDERS[n % FOLDERS.length]}file ${n}?.bin`,
    SIZES[n] ?? 1 + ((n * 7_919) % 100_000),
  ]),
);
const names = [...files.keys()];
const contentOf = (name: string): Buffer => bytesOf(name, files.get(name) ?? 0);
const expected = () => Object.fromEntries(names.map((name) => [name, digestOf(contentOf(name))]));
const [large = '', ...others] = names;

const rclone = await rcloneHere();
const nfs = rclone && (await nfsHere());

describe.skipIf(!rclone)('a server that is to serve NFS', () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await freshDatabase(1);
    folder = await mkdtemp(join(tmpdir(), 'tollhouse-path-'));
    await symlink(rclone?.path ?? '', join(folder, 'rclone'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await cleanUp();
    await database.close();
  });

  it('says what is missing and does not start, unless it serves no file systems', async () => {
    const deployed = await deployment(database.url, { LOCAL_NFS: '1', PATH: folder });
    for (const role of ['all', 'worker'] as const)
      await expect(deployed.start(role)).rejects.toThrow(
        /\nLOCAL_NFS=1 needs .*the package nfs-ganesha, the package fuse3, the package util-linux/,
      );
    expect(await (await deployed.start('api')).end()).toBe(0);
  });
});

describe.skipIf(!nfs)('one hundred files of up to 100 MiB over NFS', () => {
  let database: TestDatabase;
  let site: FleetSite;
  let deployed: Deployment;
  beforeAll(async () => {
    database = await freshDatabase(1);
    deployed = await deployment(database.url, { LOCAL_NFS: '1', LOCAL_GATEWAY_PORTS: '24000-24099' });
    await deployed.start('all');
    site = await fleetSite(deployed);
  });
  afterAll(async () => {
    await deployed.sweep();
    await cleanUp();
    await database.close();
  });

  const clientOf = async (id: string) =>
    nfsOf((await site.until(id, { status: 'running', phase: 'healthy' })).export as Served);
  const mounted = async () =>
    (await readFile('/proc/self/mountinfo', 'utf8'))
      .split('\n')
      .filter((line) => line.includes(deployed.dataDir));

  it('are objects of the bucket, byte for byte, once their writer is told that they are flushed', async () => {
    const bucket = await site.bucket('written');
    const id = await site.fileSystem(bucket);
    const client = await clientOf(id);
    const some = (chosen: readonly string[]) => new Map(chosen.map((name) => [name, () => contentOf(name)]));
    await Promise.all([client.put(some([large])), client.put(some(others))]);
    await site.flush(id);

    expect(await site.keys(bucket)).toEqual([...names].sort());
    const found: Record<string, string> = {};
    for (const name of names) found[name] = digestOf(await site.download(bucket, name));
    expect(found).toEqual(expected());

    const folder = await mkdtemp(join(tmpdir(), 'tollhouse-nfs-'));
    await writeFile(join(folder, 'plain'), 'copied by nfs-cp');
    await client.copy(join(folder, 'plain'), 'plain');
    await rm(folder, { recursive: true });
    await site.wish(id, 'stopped');
    await site.until(id, { status: 'stopped' });
    expect((await site.download(bucket, 'plain')).toString()).toBe('copied by nfs-cp');
    expect([await deployed.children(), await mounted()]).toEqual([[], []]);
    await site.remove(id);
    expect(await site.keys(bucket)).toHaveLength(FILES + 1);
  });

  it('are files of the file system, byte for byte, as they were uploaded over the API', async () => {
    const bucket = await site.bucket('uploaded');
    for (const name of names) await site.upload(bucket, name, contentOf(name));
    await site.upload(bucket, 'plain', Buffer.from('read by nfs-cat'));
    const id = await site.fileSystem(bucket);
    const client = await clientOf(id);
    const top = names.filter((name) => !name.includes('/')).map((name) => [name, files.get(name)] as const);
    expect(await client.list()).toEqual(new Map([...top, ['plain', 15]]));
    expect((await client.cat('plain')).toString()).toBe('read by nfs-cat');
    const found: Record<string, string> = {};
    await client.get(names, (name, bytes) => {
      found[name] = digestOf(bytes);
    });
    expect(found).toEqual(expected());
    await site.remove(id);
    expect([await deployed.children(), await mounted()]).toEqual([[], []]);
  });
});
