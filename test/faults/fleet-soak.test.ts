import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { type Deployment, deployment, type FleetSite, fleetSite, webdavOn } from './support/fleet.js';
import { rcloneHere } from './support/gateways.js';
import { cleanUp, type Program } from './support/server.js';
import { flushAll, openWriter } from './support/writer.js';

const KILLS = 100;
/** The rest are gateways: workers that die faster than they start would leave none to kill. */
const MOST_WORKERS = 88;
const FILE_SYSTEMS = 3;
const WORKERS = 2;
const SEED = 20_261_121;
/** Somebody who is dead as well is not killed again: another one is looked for, this often. */
const LOOK_MS = 50;

/** Numbers that are the same each time (mulberry32). */
const seeded = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
};

const rclone = await rcloneHere();

describe.skipIf(!rclone)('workers and gateways that are killed a hundred times at random', () => {
  let database: TestDatabase;
  let deployed: Deployment;
  let site: FleetSite;
  const workers: (Program | undefined)[] = [];
  beforeAll(async () => {
    database = await freshDatabase(1);
    deployed = await deployment(database.url);
    await deployed.start('api');
    for (let n = 0; n < WORKERS; n += 1) workers.push(await deployed.start('worker'));
    site = await fleetSite(deployed);
  });
  afterAll(async () => {
    await deployed.sweep();
    await cleanUp();
    await database.close();
  });

  const starting = new Set<Promise<void>>();
  /** The next one in its place comes as soon as it can; meanwhile the killing goes on. */
  const killWorker = async (n: number): Promise<boolean> => {
    const victim = workers[n];
    if (!victim) return false;
    workers[n] = undefined;
    expect(await victim.end('SIGKILL')).toBe('SIGKILL');
    const started = deployed.start('worker').then((program) => {
      workers[n] = program;
      starting.delete(started);
    });
    starting.add(started);
    return true;
  };
  const killGateway = async (pick: (below: number) => number): Promise<boolean> => {
    const alive = await deployed.children();
    const pid = alive[pick(Math.max(1, alive.length))];
    if (pid === undefined) return false;
    try {
      return process.kill(pid, 'SIGKILL');
    } catch {
      return false; // it ended between the look and the kill
    }
  };

  it('come to rest with one gateway for each file system, and every byte that was taken in its bucket', async () => {
    const pick = seeded(SEED);
    const stages = [];
    for (let n = 0; n < FILE_SYSTEMS; n += 1) {
      const bucket = await site.bucket(`files-${n}`);
      stages.push({ bucket, id: await site.fileSystem(bucket) });
    }
    const running = { status: 'running', phase: 'healthy' };
    const writing = [];
    for (const stage of stages) {
      const shown = await site.until(stage.id, running);
      writing.push({ ...stage, served: shown.export, writer: openWriter(webdavOn(shown), 'soak') });
    }
    const killed = { workers: 0, gateways: 0 };
    while (killed.workers + killed.gateways < KILLS) {
      await pause(pick(LOOK_MS * 4));
      const [what, n] = [pick(2), pick(WORKERS)];
      if (what === 0 && killed.workers < MOST_WORKERS && (await killWorker(n))) killed.workers += 1;
      if (what === 1 && (await killGateway(pick))) killed.gateways += 1;
    }
    await Promise.all(starting);
    expect([killed.workers > 20, killed.gateways >= KILLS - MOST_WORKERS], JSON.stringify(killed)).toEqual([
      true,
      true,
    ]);

    for (const { id, bucket, writer, served } of writing) {
      expect((await site.until(id, running)).export).toEqual(served);
      await flushAll(site, id, bucket, writer).catch(async (cause: unknown) => {
        throw new Error(await deployed.lastWords(), { cause });
      });
      await writer.stop();
    }
    await expect.poll(deployed.children, { timeout: 60_000 }).toHaveLength(FILE_SYSTEMS);
    const alive = await deployed.children();
    for (const { id, bucket, writer } of writing) {
      await site.flush(id);
      await writer.expectStored(site, bucket);
    }
    expect(await deployed.children()).toEqual(alive);
    expect(await database.db('file_system_intervals').whereNull('ended_at').count().first()).toEqual({
      count: BigInt(FILE_SYSTEMS),
    });
    for (const { id } of writing) await site.remove(id);
    expect(await deployed.children()).toEqual([]);
    expect(await database.db('file_system_intervals').whereNull('ended_at')).toEqual([]);
  }, 800_000);
});
