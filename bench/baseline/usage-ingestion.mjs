// What a careful person writes by hand, who trusts every event: one INSERT of many rows.
import { createServer } from 'node:http';
import pg from 'pg';

const { DATABASE_URL, POOL_SIZE, FEATURE_ID } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE) });
await pool.query(`create table plain_usage (
  id uuid primary key default gen_random_uuid(), account_id uuid not null, feature_id uuid not null, key text not null,
  value bigint not null, used_at timestamptz not null, recorded_at timestamptz not null default now(),
  unique (account_id, key))`);

const COLUMNS = 5;
const tuples = (count) =>
  Array.from({ length: count }, (_, row) => `(${[1, 2, 3, 4, 5].map((n) => `$${row * COLUMNS + n}`)})`);
const insertOf = (count) => ({
  name: `insert ${count}`,
  text: `insert into plain_usage (account_id, feature_id, key, value, used_at) values ${tuples(count)}
    on conflict do nothing returning id`,
});

const bodyOf = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
};

const server = createServer(async (request, response) => {
  const { events } = await bodyOf(request);
  const now = new Date();
  const values = events.flatMap(({ project_id: id, key, value }) => [id, FEATURE_ID, key, value, now]);
  const { rows } = await pool.query({ ...insertOf(events.length), values });
  const body = JSON.stringify({ items: rows });
  response.setHeader('Content-Length', Buffer.byteLength(body)).end(body);
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
