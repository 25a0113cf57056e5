import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { load, requestBytes } from '../harness/load.mjs';
import { pairs, summary } from '../harness/pairs.mjs';
import { startServer } from '../harness/processes.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';

const NAME = 'usage events, 1,000 at once';
const GOAL = 0.5;
const CONNECTIONS = 2;
const SECONDS = 6;
const ROWS = 1_000;
const FEATURE = 'agents_registered';

const asking = async (databaseUrl, sql, values = []) => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
};

/** A batch that nobody has sent before: each of its keys is new. */
const batch = (project, number) => ({
  events: Array.from({ length: ROWS }, (_, row) => ({
    project_id: project.id,
    feature: FEATURE,
    value: 1 + (row % 9),
    key: `${number}-${row}`,
  })),
});

/** Requests are made before the clock runs, and each is sent once. */
const sender = (server, path, { token, project }) => {
  const run = randomBytes(6).toString('hex');
  const ready = [];
  const made = () => {
    const body = Buffer.from(JSON.stringify(batch(project, `${run}-${made.count++}`)));
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'Content-Length': String(body.length),
    };
    return requestBytes('POST', path, headers, body);
  };
  made.count = 0;
  const bodies = [];
  const measure = async (round) => {
    while (ready.length < SECONDS * 150) ready.push(made());
    const request = () => ready.pop();
    const options = { port: server.port, connections: CONNECTIONS, seconds: SECONDS, request };
    const onReply = (bytes) => bodies.push(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).toString());
    const { count, seconds } = await load(round === 0 ? { ...options, onReply } : options);
    return { work: count * ROWS, seconds };
  };
  return { server, measure, bodies };
};

/** Every row that was answered for is on record, and the counter says as much as they do. */
const settle = async (databaseUrl, { project }) => {
  const [sums] = await asking(
    databaseUrl,
    `select (select sum(value) from usage_records where account_id = $1) as recorded,
            (select used from usage_counters where account_id = $1 and window_kind = 'lifetime') as counted`,
    [project.id],
  );
  assert.equal(Number(sums.recorded), Number(sums.counted));
};

/** Batches of 1,000 events, each judged, recorded once and counted, against one INSERT of as many rows. */
export const usageIngestion = {
  name: 'usage-ingestion',
  measure: async ({ dist, dir, databaseUrl, profileDir, baselines, count, note }) => {
    const ours = await startTollhouse({ dist, dir, databaseUrl, profileDir });
    try {
      const [{ id }] = await asking(databaseUrl, 'select id from features where key = $1', [FEATURE]);
      const baseline = await startServer({
        name: 'baseline',
        file: join(baselines, 'usage-ingestion.mjs'),
        errors: join(dir, 'baseline.log'),
        env: { DATABASE_URL: databaseUrl, POOL_SIZE: '10', FEATURE_ID: id },
      });
      try {
        const sides = { ours: sender(ours, '/v1/usage-events', ours), baseline: sender(baseline, '/', ours) };
        const measured = await pairs({ count, ...sides, onPair: note(NAME) });
        const [told] = sides.ours.bodies.map(JSON.parse);
        assert.deepEqual([told.recorded, told.refused], [ROWS, 0]);
        await settle(databaseUrl, ours);
        const units = { unit: 'events/s', processorUnit: 'µs/event', processorScale: 1e6 };
        return [{ name: NAME, goal: GOAL, ...units, pairs: measured, ...summary(measured) }];
      } finally {
        await baseline.stop();
      }
    } finally {
      await ours.stop();
    }
  },
};
