import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import {
  bytesOf,
  type Deployment,
  deployment,
  digestOf,
  type FleetSite,
  fleetSite,
  webdavOn,
} from './support/fleet.js';
import { rcloneHere } from './support/gateways.js';
import { cleanUp } from './support/server.js';

const MIB = 1024 * 1024;
const FILES = 100;
/** Nothing, around a row's and a part's size, in several parts; the others are small. */
const SIZES = [0, 1, 4_095, 4_096, 4_097, 5 * MIB, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 20 * MIB, 100 * MIB];
const FOLDERS = ['', 'a b/', 'a b/ünï/', '100% +sure#1&=;/'];
const WIDTH = 4;

/** Names and sizes; what is in a file follows from its name. */
const files: ReadonlyMap<string, number> = new Map(
  Array.from({ length: FILES }, (_, n) => [
    `${FOLDERS[n % FOLDERS.length]}file ${n}?.bin`,
    SIZES[n] ?? 1 + ((n * 7_919) % 300_000),
  ]),
);
const contentOf = (name: string): Buffer => bytesOf(name, files.get(name) ?? 0);
const expected = () => Object.fromEntries([...files.keys()].map((name) => [name, digestOf(contentOf(name))]));

/** Some at a time, as clients do. */
const each = async (work: (name: string) => Promise<void>): Promise<void> => {
  const names = [...files.keys()];
  const worker = async (): Promise<void> => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
};

const rclone = await rcloneHere();

describe.skipIf(!rclone)('one hundred files of up to 100 MiB', () => {
  let database: TestDatabase;
  let site: FleetSite;
  let deployed: Deployment;
  beforeAll(async () => {
    database = await freshDatabase(1);
    deployed = await deployment(database.url);
    await deployed.start('all');
    site = await fleetSite(deployed);
  });
  afterAll(async () => {
    await deployed.sweep();
    await cleanUp();
    await database.close();
  });

  it('are objects of the bucket, byte for byte, once their writer over WebDAV is told that they are flushed', async () => {
    const bucket = await site.bucket('written');
    const id = await site.fileSystem(bucket);
    const client = webdavOn(await site.until(id, { status: 'running', phase: 'healthy' }));
    for (const folder of FOLDERS.slice(1)) expect(await client.mkdir(folder)).toBe(201);
    await each(async (name) => {
      expect([name, await client.put(name, contentOf(name))]).toEqual([name, 201]);
    });
    await site.flush(id);

    expect(await site.keys(bucket)).toEqual([...files.keys()].sort());
    const found: Record<string, string> = {};
    await each(async (name) => {
      found[name] = digestOf(await site.download(bucket, name));
    });
    expect(found).toEqual(expected());
    await site.remove(id);
    expect(await site.keys(bucket)).toHaveLength(FILES);
  });

  it('are files of the file system, byte for byte, as they were uploaded over the API, read ahead or not', async () => {
    const bucket = await site.bucket('uploaded');
    await each((name) => site.upload(bucket, name, contentOf(name)));
    for (const preload of [false, true]) {
      const id = await site.fileSystem(bucket, { preload });
      const client = webdavOn(await site.until(id, { status: 'running', phase: 'healthy' }));
      const found: Record<string, string> = {};
      await each(async (name) => {
        found[name] = digestOf(await client.get(name));
      });
      expect(found).toEqual(expected());
      await site.remove(id);
    }
    expect(await deployed.children()).toEqual([]);
  });
});
