import { join } from 'node:path';
import pg from 'pg';
import { load, requestBytes } from '../harness/load.mjs';
import { pairs, summary } from '../harness/pairs.mjs';
import { startServer } from '../harness/processes.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';

const NAME = 'webhook that changes a subscription, 8 at a time';
const GOAL = 0.5;
const SECONDS = 8;
const CONNECTIONS = 8;
const CUSTOMERS = 200;

const MANY = `
  insert into accounts (id, version, kind, name, creator_id, data_key, created_at, updated_at)
  select gen_random_uuid(), 1, 'platform', 'bench', creator_id, data_key, now(), now()
    from (select creator_id, data_key from accounts where data_key is not null limit 1) one, generate_series(1, ${CUSTOMERS})`;

/** Makes the tables and the accounts that pay, and leaves. */
const prepare = async ({ dist, dir, databaseUrl }) => {
  const server = await startTollhouse({ dist, dir, databaseUrl });
  await server.stop();
  const db = new pg.Client({ connectionString: databaseUrl });
  await db.connect();
  try {
    await db.query(MANY);
  } finally {
    await db.end();
  }
};

const sender = (server) => {
  const request = requestBytes('POST', '/', { 'Content-Length': '0' });
  const measure = async () => {
    const run = { port: server.port, connections: CONNECTIONS, seconds: SECONDS, request: () => request };
    const { count, seconds } = await load(run);
    return { work: count, seconds };
  };
  return { server, measure };
};

/** Verified, claimed, looked up at a processor in the same process, written and closed; against one transaction. */
export const webhookPipeline = {
  name: 'webhook-pipeline',
  measure: async (kit) => {
    const { dist, dir, databaseUrl, profileDir, baselines, count, note } = kit;
    await prepare(kit);
    const env = { DATABASE_URL: databaseUrl, POOL_SIZE: '10', DIST: dist, CUSTOMERS: String(CUSTOMERS) };
    const start = (name, file, nodeOptions = []) =>
      startServer({ name, file, errors: join(dir, `${name}.log`), env, nodeOptions });
    const profiled = profileDir ? ['--cpu-prof', `--cpu-prof-dir=${profileDir}`] : [];
    const pipeline = join(import.meta.dirname, '../harness/webhook-server.mjs');
    const ours = await start('pipeline', pipeline, profiled);
    try {
      const baseline = await start('baseline', join(baselines, 'webhook.mjs'));
      try {
        const sides = { ours: sender(ours), baseline: sender(baseline) };
        const measured = await pairs({ count, ...sides, onPair: note(NAME) });
        const units = { unit: 'webhooks/s', processorUnit: 'ms/webhook', processorScale: 1e3 };
        return [{ name: NAME, goal: GOAL, ...units, pairs: measured, ...summary(measured) }];
      } finally {
        await baseline.stop();
      }
    } finally {
      await ours.stop();
    }
  },
};
