import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import {
  type Deployment,
  deployment,
  type FleetSite,
  fleetSite,
  type Shown,
  webdavOn,
} from './support/fleet.js';
import { rcloneHere } from './support/gateways.js';
import { cleanUp, type Program } from './support/server.js';
import { expectThere, flushAll, openWriter, type Writer } from './support/writer.js';

type Victim = 'api' | 'worker' | 'gateway';
const ORDERS: readonly (readonly Victim[])[] = [
  ['api', 'worker', 'gateway'],
  ['api', 'gateway', 'worker'],
  ['worker', 'api', 'gateway'],
  ['worker', 'gateway', 'api'],
  ['gateway', 'api', 'worker'],
  ['gateway', 'worker', 'api'],
];
/** Each kill comes upon whatever the one before has left unfinished. */
const BETWEEN_MS = 150;
/** What goes on while nobody is there. */
const DARK_MS = 500;

const rclone = await rcloneHere();

describe.skipIf(!rclone)('control plane, worker and gateway that are killed while files are written', () => {
  let database: TestDatabase;
  let deployed: Deployment;
  let site: FleetSite;
  const programs: Partial<Record<Victim, Program>> = {};
  beforeAll(async () => {
    database = await freshDatabase(1);
    deployed = await deployment(database.url);
    for (const role of ['api', 'worker'] as const) programs[role] = await deployed.start(role);
    site = await fleetSite(deployed);
  });
  afterAll(async () => {
    await deployed.sweep();
    await cleanUp();
    await database.close();
  });

  const kill = async (victim: Victim): Promise<void> => {
    if (victim !== 'gateway') expect(await programs[victim]?.end('SIGKILL')).toBe('SIGKILL');
    else for (const pid of await deployed.children()) process.kill(pid, 'SIGKILL');
  };
  const restart = async (order: readonly Victim[]): Promise<void> => {
    for (const role of order) if (role !== 'gateway') programs[role] = await deployed.start(role);
  };
  const settled = (id: string): Promise<Shown> => site.until(id, { status: 'running', phase: 'healthy' });

  it('go on in whatever order that happens: one gateway at its address, and nothing lost or twice', async () => {
    const bucket = await site.bucket('files');
    const id = await site.fileSystem(bucket);
    const first = await settled(id);
    const writers: Writer[] = [];
    for (const [round, order] of ORDERS.entries()) {
      const writer = openWriter(webdavOn(first), `round-${round}`);
      writers.push(writer);
      await expect.poll(() => writer.taken().size, { timeout: 20_000 }).toBeGreaterThan(8);
      await flushAll(site, id, bucket, writer);
      const told = writer.taken();
      for (const victim of order) {
        await kill(victim);
        await pause(BETWEEN_MS);
      }
      await pause(DARK_MS);
      const alive = await deployed.children();
      await restart(order);

      const found = await settled(id);
      expect(found.export).toEqual(first.export);
      await expect.poll(deployed.children, { timeout: 20_000 }).toHaveLength(1);
      if (alive.length > 0) expect(await deployed.children()).toEqual(alive);
      await expectThere(site, bucket, told);
      await flushAll(site, id, bucket, writer);
      await writer.stop();
    }
    await site.flush(id);
    for (const writer of writers) await writer.expectStored(site, bucket);

    await site.wish(id, 'stopped');
    await site.until(id, { status: 'stopped' });
    expect(await deployed.children()).toEqual([]);
    const intervals = await database.db('file_system_intervals').where({ file_system_id: id });
    expect(intervals.filter(({ ended_at }) => ended_at === null)).toEqual([]);
    expect(await database.db('gateways').count().first()).toEqual({ count: 1n });
    await site.remove(id);
  });

  it('leave a gateway that serves on, and the next ones take up the very same process', async () => {
    const bucket = await site.bucket('adopted');
    const id = await site.fileSystem(bucket);
    const first = await settled(id);
    const writer = openWriter(webdavOn(first), 'alone');
    const alive = await deployed.children();
    expect(alive).toHaveLength(1);
    await kill('worker');
    await kill('api');
    const before = writer.taken().size;
    await expect.poll(() => writer.taken().size, { timeout: 10_000 }).toBeGreaterThan(before + 5);
    await restart(['worker', 'api']);
    expect((await settled(id)).export).toEqual(first.export);
    await writer.stop();
    await site.flush(id);
    await writer.expectStored(site, bucket);
    expect(await deployed.children()).toEqual(alive);
    await site.remove(id);
    expect(await deployed.children()).toEqual([]);
  });
});
