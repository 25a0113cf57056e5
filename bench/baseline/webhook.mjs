// What a careful person writes by hand, who trusts the event: one transaction that keeps it and changes the row.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import pg from 'pg';

const { DATABASE_URL, POOL_SIZE } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE) });
const { rows: subscriptions } = await pool.query('select id, seller_id from subscriptions');
const { rows } = await pool.query('select payer_account_id as account from customers limit 1');
const KEEP = `insert into inbound_events (connection, event_id, type, door, received_at, epoch, done_at)
  values ('baseline', $1, 'customer.subscription.updated', 'bench', now(), 1, now()) on conflict do nothing`;
const CHANGE = `update subscriptions set cancel_at_period_end = not cancel_at_period_end, version = version + 1
  where seller_id = $1 and id = $2 returning version, status, period_start, period_end`;
const TELL = `insert into events (stream, seq, type, account_id, data, at) values ($1, $2, $3, $4, $5, now())`;
let asked = 0;

const server = createServer(async (_request, response) => {
  const { id, seller_id: seller } = subscriptions[asked++ % subscriptions.length];
  const client = await pool.connect();
  await client.query('begin');
  await client.query(KEEP, [randomUUID()]);
  const { version, ...state } = (await client.query(CHANGE, [seller, id])).rows[0];
  await client.query(TELL, [id, version, 'subscription.active', rows[0].account, JSON.stringify(state)]);
  await client.query('commit');
  client.release();
  response.setHeader('Content-Length', 0).end();
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
