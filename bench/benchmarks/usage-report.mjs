import assert from 'node:assert/strict';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { load, requestBytes } from '../harness/load.mjs';
import { pairs, summary } from '../harness/pairs.mjs';
import { startServer } from '../harness/processes.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';

const NAME = 'usage report, 31 days × 1,000 resources';
const GOAL = 0.67;
const SECONDS = 8;
const HALF = 500;
const DAYS = 31;
const DAY = 86_400_000;

/** Buckets that change every four hours, and file systems that run twice a day, for two months. */
const FILL = `
  with made as (
    insert into buckets (id, version, account_id, name, bucket_name, region, access_key_id, secret_access_key, status,
                         created_at, updated_at)
    select gen_random_uuid(), 1, $1, 'bench-' || n, 'th-bench-' || n, 'local', 'TH' || n, 'x', 'active', now(), now()
      from generate_series(1, ${HALF}) n
    returning id
  )
  insert into storage_hours (account_id, bucket_id, hour, byte_ms, bytes, objects, last_at)
  select $1, m.id, h, 1000003 * 1800000::numeric * d, 1000003 * d, d, h + interval '30 minutes'
    from made m
   cross join lateral (select h, row_number() over (order by h) as d
     from generate_series($2::timestamptz - interval '62 days', $2::timestamptz, interval '4 hours') h) hours`;
const RUN = `
  with made as (
    insert into file_systems (id, version, account_id, source_kind, source_id, region, instance_type, preload, desired,
                              status, phase, flushes_asked, flushes_done, secret, created_at, updated_at)
    select gen_random_uuid(), 1, $1, 'bucket', gen_random_uuid(), 'local', 'local.standard', false, 'stopped',
           'stopped', 'stopped', 0, 0, 'x', now(), now()
      from generate_series(1, ${HALF}) n
    returning id
  )
  insert into file_system_intervals (id, account_id, file_system_id, label, micros_per_hour, currency, started_at, ended_at)
  select gen_random_uuid(), $1, m.id, 'local/local.standard', 70000, 'usd', s, s + interval '5 hours 1.234 seconds'
    from made m
   cross join generate_series($2::timestamptz - interval '62 days', $2::timestamptz, interval '12 hours') s`;

const fill = async (databaseUrl, account, end) => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of [FILL, RUN]) await client.query(statement, [account, end]);
    await client.query('analyze');
  } finally {
    await client.end();
  }
};

/** Our own statements with the values of this very report, as any client of PostgreSQL takes them. */
const statementsOf = async (dist, account, { start, end }) => {
  const ours = (path) => import(pathToFileURL(join(dist, path)).href);
  const { RESOURCES, STORED, RAN } = await ours('adapters/knex/billing/usage-sql.js');
  const { slotsOf, edgesOf } = await ours('domain/billing/slots.js');
  const edges = edgesOf(slotsOf({ start, end }, 'day', [])).map((at) => new Date(at).toISOString());
  const named = { account, edges: `{${edges}}`, start: edges[0], until: new Date(end).toISOString() };
  return [RESOURCES, STORED, RAN].map((sql) => {
    const values = [];
    const text = sql.replaceAll(
      /(?<!:):(account|edges|start|until)/g,
      (_all, name) => `$${values.push(named[name])}`,
    );
    return { text, values };
  });
};

const reader = (server, request) => {
  const bodies = new Set();
  const collect = (bytes) => bodies.add(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).toString());
  const measure = async (round) => {
    const run = { port: server.port, connections: 1, seconds: SECONDS, request: () => request };
    const { count, seconds } = await load(round === 0 ? { ...run, onReply: collect } : run);
    return { work: count, seconds };
  };
  return { server, measure, bodies };
};

/** Both have summed the same: as many lines, as many milliseconds, as many bytes held for as long. */
const compare = (ours, [, stored, ran], from) => {
  const { line_items: lines, cost_days: days } = JSON.parse(ours);
  assert.equal(days.length, DAYS);
  const first = new Date(from).getUTCDate() === 1 ? 0 : 1;
  const counted = (rows) => rows.filter(({ slot }) => slot >= first).length;
  assert.equal(lines.length, counted(stored) + counted(ran));
  assert.equal(lines.length, 2 * HALF * DAYS);
  const hours = lines
    .filter(({ kind }) => kind === 'filesystem')
    .reduce((sum, { quantity }) => sum + quantity, 0);
  const ms = ran.filter(({ slot }) => slot >= first).reduce((sum, row) => sum + Number(row.ms), 0);
  assert.ok(Math.abs(hours * 3_600_000 - ms) < 1);
};

/** GET of a report of 31 days against the same statements by the bare driver and JSON.stringify of what they answer. */
export const usageReport = {
  name: 'usage-report',
  measure: async ({ dist, dir, databaseUrl, profileDir, baselines, count, note }) => {
    const ours = await startTollhouse({ dist, dir, databaseUrl, profileDir });
    try {
      const end = Math.floor(Date.now() / DAY) * DAY;
      const start = end - DAYS * DAY;
      await fill(databaseUrl, ours.project.id, new Date(end));
      const statements = await statementsOf(dist, ours.project.id, { start, end });
      const baseline = await startServer({
        name: 'baseline',
        file: join(baselines, 'usage-report.mjs'),
        errors: join(dir, 'baseline.log'),
        env: { DATABASE_URL: databaseUrl, POOL_SIZE: '10', STATEMENTS: JSON.stringify(statements) },
      });
      try {
        const asked = `from=${new Date(start).toISOString()}&to=${new Date(end).toISOString()}`;
        const path = `/v1/projects/${ours.project.id}/usage?${asked}`;
        const sides = {
          ours: reader(ours, requestBytes('GET', path, { Authorization: `Bearer ${ours.token}` })),
          baseline: reader(baseline, requestBytes('GET', '/', {})),
        };
        const measured = await pairs({ count, ...sides, onPair: note(NAME) });
        const [[report], [rows]] = [[...sides.ours.bodies], [...sides.baseline.bodies]];
        compare(report, JSON.parse(rows), start);
        const units = { unit: 'reports/s', processorUnit: 'ms/report', processorScale: 1e3 };
        return [{ name: NAME, goal: GOAL, ...units, pairs: measured, ...summary(measured) }];
      } finally {
        await baseline.stop();
      }
    } finally {
      await ours.stop();
    }
  },
};
