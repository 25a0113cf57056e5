import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import pg from 'pg';
import { openProvider, startFleetWorker } from '../harness/fleet.mjs';
import { spread } from '../harness/pairs.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';

const FILE_SYSTEMS = 1_000;
const WORKERS = 3;
const LOOK_MS = 100;
const LATEST_MS = 180_000;
const NAME = '1,000 file systems, 3 workers, one killed half-way';

const EMPTY = `
  truncate gateways, file_systems, bucket_mounts, file_system_intervals, events cascade;
  delete from quota_usage where feature in ('file_systems', 'gateways')`;
const RUNNING = `select count(*)::int as running from file_systems where status = 'running'`;
const FIRST_RUN = `
  select f.gateway_id as gateway, extract(epoch from min(e.at)) * 1000 as at
    from file_systems f join events e on e.stream = f.id and e.data->>'status' = 'running'
   group by f.gateway_id`;

const untilAllRun = async (db, workers) => {
  for (const latest = Date.now() + LATEST_MS; ; await pause(LOOK_MS)) {
    if ((await db.query(RUNNING)).rows[0].running === FILE_SYSTEMS) return;
    if (Date.now() > latest) throw new Error('the file systems do not come to run');
    if (workers.filter((worker) => worker.isThere()).length < WORKERS - 1)
      throw new Error('a worker ended by itself');
  }
};

/** Calls about each gateway until its file system ran; what comes after is the regular look at what has settled. */
const callsEach = (made, firstRuns) => {
  const ran = new Map(firstRuns.map(({ gateway, at }) => [gateway, Number(at)]));
  const counts = new Map([...ran.keys()].map((gateway) => [gateway, 0]));
  for (const { gateway, at } of made)
    if (at <= (ran.get(gateway) ?? 0)) counts.set(gateway, counts.get(gateway) + 1);
  return [...counts.values()];
};

const round = async ({ db, stage, wanted }) => {
  await db.query(EMPTY);
  const provider = await openProvider({ dist: stage.dist, lastOfOne: FILE_SYSTEMS / 2 });
  const workers = [];
  try {
    for (let n = 0; n < WORKERS; n += 1) workers.push(await startFleetWorker({ provider, ...stage }));
    await workers[0].create(wanted);
    const began = Date.now();
    for (const worker of workers) worker.start();
    await untilAllRun(db, workers);
    const firstRuns = (await db.query(FIRST_RUN)).rows;
    const times = firstRuns.map(({ at }) => (Number(at) - began) / 1000).sort((a, b) => a - b);
    const calls = callsEach(provider.made, firstRuns);
    const owners = provider.owners();
    return {
      all: times.at(-1),
      most: times[Math.floor(FILE_SYSTEMS * 0.99) - 1],
      calls: calls.reduce((sum, n) => sum + n, 0) / FILE_SYSTEMS,
      mostCalls: Math.max(...calls),
      duplicates: owners.length - new Set(owners).size,
      lost: [...provider.lost],
    };
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
  }
};

/** Makes the account and its bucket, and leaves: from then on only the workers are at the database. */
const prepared = async ({ dist, dir, databaseUrl }) => {
  const server = await startTollhouse({ dist, dir, databaseUrl });
  await server.stop();
  const env = {
    ...server.env,
    DIST: dist,
    ROLE: 'worker',
    QUOTA_FILE_SYSTEMS: String(FILE_SYSTEMS),
    QUOTA_GATEWAYS: String(FILE_SYSTEMS),
  };
  const wanted = {
    count: FILE_SYSTEMS,
    bucketId: server.bucket.id,
    accountId: server.project.id,
    userId: decodeJwt(server.token).sub,
  };
  return { stage: { dist, env, errors: join(dir, 'workers.log') }, wanted };
};

/** From the reconcilers' start, with all file systems asked for, until the last one runs. */
export const fleetConvergence = {
  name: 'fleet-convergence',
  measure: async (kit) => {
    const { stage, wanted } = await prepared(kit);
    const db = new pg.Client({ connectionString: kit.databaseUrl });
    await db.connect();
    try {
      const rounds = [];
      for (let n = 0; n < kit.count; n += 1) {
        rounds.push(await round({ db, stage, wanted }));
        process.stderr.write(`fleet-convergence: ${JSON.stringify(rounds.at(-1))}\n`);
      }
      const row = (what, key, rest) => ({
        name: `${NAME}: ${what}`,
        alone: spread(rounds.map((one) => one[key])),
        ...rest,
      });
      return [
        row('until 990 run', 'most', { unit: 's' }),
        row('until all run', 'all', { unit: 's' }),
        row('provider calls until one runs', 'calls', { unit: 'calls', most: 4 }),
        row('second instances of a gateway', 'duplicates', { unit: 'instances', most: 0 }),
      ].map((each) => ({ ...each, rounds }));
    } finally {
      await db.end();
    }
  },
};
