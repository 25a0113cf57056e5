import assert from 'node:assert/strict';
import { join } from 'node:path';
import pg from 'pg';
import { load, requestBytes } from '../harness/load.mjs';
import { pairs, summary } from '../harness/pairs.mjs';
import { startServer } from '../harness/processes.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';

const NAME = 'public list of plans';
const GOAL = 0.7;
const CONNECTIONS = 32;
const SECONDS = 4;
const PLANS = 3;

/** Each with a price for the month and one for the year. */
const FILL = `
  with made as (
    insert into plans (seller_id, id, version, catalogue, name, product_id, traits, created_at, updated_at)
    select s.id, gen_random_uuid(), 1, 'training-pipes', 'Plan ' || n, 'prod_' || n, '{}', now(), now()
      from sellers s cross join generate_series(1, ${PLANS}) n
    returning seller_id, id, name
  )
  insert into plan_prices (seller_id, id, plan_id, processor_id, amount, currency, interval, interval_count, active)
  select m.seller_id, gen_random_uuid(), m.id, m.name || i, c, 'usd', i, 1, true
    from made m cross join (values ('month', 1900), ('year', 19000)) as rhythm (i, c)`;

const fill = async (databaseUrl) => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of [FILL, 'analyze']) await client.query(statement);
  } finally {
    await client.end();
  }
};

const reader = (server, path) => {
  const bodies = new Set();
  const collect = (bytes) => bodies.add(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).toString());
  const request = requestBytes('GET', path, {});
  const measure = async (round) => {
    const run = { port: server.port, connections: CONNECTIONS, seconds: SECONDS, request: () => request };
    const { count, seconds } = await load(round === 0 ? { ...run, onReply: collect } : run);
    return { work: count, seconds };
  };
  return { server, measure, bodies };
};

/** GET of the plans on sale against Koa and one SELECT. */
export const plans = {
  name: 'plans',
  measure: async ({ dist, dir, databaseUrl, profileDir, baselines, count, note }) => {
    const ours = await startTollhouse({ dist, dir, databaseUrl, profileDir });
    try {
      await fill(databaseUrl);
      const baseline = await startServer({
        name: 'baseline',
        file: join(baselines, 'plans.mjs'),
        errors: join(dir, 'baseline.log'),
        env: { DATABASE_URL: databaseUrl, POOL_SIZE: '10' },
      });
      try {
        const sides = { ours: reader(ours, '/v1/plans'), baseline: reader(baseline, '/') };
        const measured = await pairs({ count, ...sides, onPair: note(NAME) });
        const [shown, expected] = [sides.ours, sides.baseline].map(({ bodies }) =>
          [...bodies].map(JSON.parse),
        );
        assert.deepEqual(shown, expected);
        assert.equal(shown[0].items.length, PLANS);
        const units = { unit: 'requests/s', processorUnit: 'µs/request', processorScale: 1e6 };
        return [{ name: NAME, goal: GOAL, ...units, pairs: measured, ...summary(measured) }];
      } finally {
        await baseline.stop();
      }
    } finally {
      await ours.stop();
    }
  },
};
