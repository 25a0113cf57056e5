import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { load, requestBytes } from '../harness/load.mjs';
import { spread } from '../harness/pairs.mjs';
import { memory, processorSeconds } from '../harness/processes.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';

const CLIENTS = 1_000;
const FILE_SYSTEMS = 20;
/** Come and go before, so that the server's own beginnings are not counted as theirs. */
const EARLY = 200;
const SETTLE_MS = 3_000;
/** Every stream has had its sign of life by then. */
const IDLE_MS = 20_000;
const LATEST_MS = 30_000;
const EVERY_MS = 250;

/** Running file systems, whose gateways are another host's: their owner's wishes are taken, and nobody here acts. */
const FILL = `
  with gateway as (
    insert into gateways (id, version, account_id, provider, region, type, auto, desired, status, phase,
                          provision_token, ref, host_id, created_at, updated_at, due_at)
    select gen_random_uuid(), 1, $1, 'local', 'local', 'local.standard', true, 'running', 'running', 'ready',
           gen_random_uuid()::text, 'x', 'another host', now(), now(), now()
      from generate_series(1, ${FILE_SYSTEMS})
    returning id
  )
  insert into file_systems (id, version, account_id, source_kind, source_id, region, instance_type, preload, desired,
                            status, phase, gateway_id, flushes_asked, flushes_done, secret, created_at, updated_at)
  select gen_random_uuid(), 1, $1, 'bucket', gen_random_uuid(), 'local', 'local.standard', false, 'running',
         'running', 'healthy', id, 0, 0, 'x', now(), now()
    from gateway
  returning id`;

const filled = async (databaseUrl, account) => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('truncate file_systems, gateways cascade');
    return (await client.query(FILL, [account])).rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
};

/** Follows a file system on a plain socket; `heard`: when its last event came. */
const follow = async ({ port, token }, id) => {
  const socket = connect({ port, host: '127.0.0.1' });
  const client = { id, socket, events: 0, heard: 0 };
  socket.setEncoding('latin1').on('error', () => undefined);
  socket.on('data', (text) => {
    const events = text.split('\nevent: ').length - 1;
    if (events === 0) return;
    client.events += events;
    client.heard = performance.now();
  });
  await once(socket, 'connect');
  socket.write(requestBytes('GET', `/v1/file-systems/${id}/events`, { Authorization: `Bearer ${token}` }));
  return client;
};

const allHave = async (clients, events) => {
  for (const latest = Date.now() + LATEST_MS; clients.some((one) => one.events < events); await pause(5))
    if (Date.now() > latest) throw new Error(`not all clients have ${events} events`);
};

const joined = async (server, ids, count) => {
  const clients = await Promise.all(
    Array.from({ length: count }, (_, n) => follow(server, ids[n % ids.length])),
  );
  await allHave(clients, 1);
  return clients;
};

const patch = ({ port, token }, id) => {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const body = Buffer.from(JSON.stringify({ desired_status: 'stopped' }));
  const bytes = requestBytes(
    'PATCH',
    `/v1/file-systems/${id}`,
    { ...headers, 'Content-Length': body.length },
    body,
  );
  return load({ port, connections: 1, seconds: 60, request: (n) => (n === 0 ? bytes : undefined) });
};

/** Milliseconds from the moment a change is asked for until each follower of that file system has its event. */
const fanOut = async (server, ids, clients) => {
  const late = [];
  for (const id of ids) {
    const followers = clients.filter((client) => client.id === id);
    const asked = performance.now();
    await patch(server, id);
    await allHave(followers, 2);
    late.push(...followers.map(({ heard }) => heard - asked));
    await pause(Math.random() * EVERY_MS);
  }
  late.sort((a, b) => a - b);
  return { median: late[Math.floor(late.length / 2)], p99: late[Math.ceil(late.length * 0.99) - 1] };
};

const round = async ({ dist, dir, databaseUrl, profileDir }, settings) => {
  const server = await startTollhouse({ dist, dir, databaseUrl, profileDir, settings });
  try {
    const ids = await filled(databaseUrl, server.project.id);
    for (const { socket } of await joined(server, ids, EARLY)) socket.destroy();
    await pause(SETTLE_MS);
    const idle = memory.now(server.pid);
    const clients = await joined(server, ids, CLIENTS);
    await pause(SETTLE_MS);
    const busy = processorSeconds(server.pid);
    await pause(IDLE_MS);
    const core = ((processorSeconds(server.pid) - busy) / IDLE_MS) * 1e5;
    const each = ((memory.now(server.pid) - idle) * 1024 ** 2) / 1000 / CLIENTS;
    const late = await fanOut(server, ids, clients);
    for (const { socket } of clients) socket.destroy();
    return { each, core, ...late };
  } finally {
    await server.stop();
  }
};

const NAME = '1,000 idle event streams';

/** What clients cost that follow file systems and hear nothing, and how soon they hear of a change. */
export const sseClients = {
  name: 'sse-clients',
  measure: async (kit) => {
    const settings = { TOLLHOUSE_SECRET_KEY: randomBytes(32).toString('base64url') };
    const rounds = [];
    for (let n = 0; n < kit.count; n += 1) {
      rounds.push(await round(kit, settings));
      process.stderr.write(`sse-clients: ${JSON.stringify(rounds.at(-1))}\n`);
    }
    const row = (what, key, rest) => ({
      name: `${NAME}: ${what}`,
      alone: spread(rounds.map((one) => one[key])),
      ...rest,
    });
    return [
      row('resident memory of each', 'each', { unit: 'KB', most: 60 }),
      row('processor of them all', 'core', { unit: '% of a core' }),
      row('from PATCH to a follower, median', 'median', { unit: 'ms' }),
      row('from PATCH to a follower, p99', 'p99', { unit: 'ms' }),
    ];
  },
};
