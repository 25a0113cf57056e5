import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { memory } from '../harness/processes.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';

const CLIENTS = 1_000;
/** Come and go before, so that the server's own beginnings are not counted as theirs. */
const EARLY = 200;
const AT_ONCE = 20;
const ROUNDS = 10;
const SETTLE_MS = 3_000;
const IDLE_MS = 20_000;
const TICKS_PER_SECOND = 100;

/** One file system for each client, as it is after its first event. */
const FILL = `
  with made as (
    insert into file_systems (id, version, account_id, source_kind, source_id, region, instance_type, preload, desired,
                              status, phase, flushes_asked, flushes_done, secret, created_at, updated_at)
    select gen_random_uuid(), 1, $1, 'bucket', gen_random_uuid(), 'local', 'local.standard', false, 'stopped',
           'stopped', 'stopped', 0, 0, 'x', now(), now()
      from generate_series(1, ${CLIENTS})
    returning id, account_id
  ), told as (
    insert into events (stream, seq, type, account_id, data, at)
    select id, 1, 'status', account_id, '{}', now() from made
  )
  select id from made`;
/** The same thing happens to every one of them at the same moment. */
const TELL = `
  insert into events (stream, seq, type, account_id, data, at)
  select id, $2, 'status', account_id, '{"status":"stopped","desired_status":"stopped","phase":"stopped"}', now()
    from file_systems where account_id = $1`;

/** Follows one file system on a plain socket; `heard` is when its last event came. */
const follow = async ({ port, token }, id) => {
  const socket = connect({ port, host: '127.0.0.1' });
  const state = { socket, events: 0, heard: 0 };
  socket.setEncoding('latin1').on('error', () => undefined);
  socket.on('data', (text) => {
    const events = text.split('\nevent: ').length - 1;
    if (events === 0) return;
    state.events += events;
    state.heard = performance.now();
  });
  await once(socket, 'connect');
  const head = [
    `GET /v1/file-systems/${id}/events HTTP/1.1`,
    'Host: localhost',
    `Authorization: Bearer ${token}`,
  ];
  socket.write([...head, '', ''].join('\r\n'));
  return state;
};

/** A few at a time, as people come. */
const followAll = async (server, ids) => {
  const followers = [];
  while (followers.length < ids.length) {
    const some = ids.slice(followers.length, followers.length + AT_ONCE);
    const come = await Promise.all(some.map((id) => follow(server, id)));
    await allHave(come, 1);
    followers.push(...come);
  }
  return followers;
};

const allHave = async (followers, events) => {
  for (const end = Date.now() + 30_000; followers.some((one) => one.events < events); await pause(5))
    if (Date.now() > end) throw new Error(`not all have ${events} events`);
};

/** Milliseconds from the commit of an event to each client that follows. */
const fanOut = async (client, account, followers) => {
  const late = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await client.query(TELL, [account, round + 2]);
    const committed = performance.now();
    await allHave(followers, round + 2);
    late.push(...followers.map(({ heard }) => Math.max(0, heard - committed)));
    await pause(Math.random() * 250);
  }
  return late.sort((a, b) => a - b);
};

const processorSeconds = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};

/** What a thousand clients cost that follow a file system each and hear nothing, and how soon they hear something. */
export const eventStreams = {
  name: 'event-streams',
  measure: async ({ dist, dir, databaseUrl, profileDir }) => {
    const ours = await startTollhouse({ dist, dir, databaseUrl, profileDir });
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query(FILL, [ours.project.id]);
      await client.query('analyze');
      const cold = memory.now(ours.pid);
      const ids = rows.map(({ id }) => id);
      const early = await followAll(ours, ids.slice(0, EARLY));
      for (const { socket } of early) socket.destroy();
      await pause(SETTLE_MS);
      const idle = memory.now(ours.pid);
      memory.forgetPeak(ours.pid);
      const followers = await followAll(ours, ids);
      await pause(SETTLE_MS);
      const before = processorSeconds(ours.pid);
      await pause(IDLE_MS);
      const busy = (processorSeconds(ours.pid) - before) / (IDLE_MS / 1_000);
      const held = memory.now(ours.pid);
      const late = await fanOut(client, ours.project.id, followers);
      const at = (share) => late[Math.floor(share * (late.length - 1))].toFixed(0);
      for (const { socket } of followers) socket.destroy();
      const each = (since) => (((held - since) * 1024) / CLIENTS).toFixed(0);
      const told = `an event to all of them: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
      const name = `${CLIENTS} idle event streams: ${each(idle)} KiB each (${each(cold)} from a server that never served), ${(busy * 100).toFixed(1)} % of a core; ${told}`;
      return [{ name, memory: { idle, peak: memory.peak(ours.pid) } }];
    } finally {
      await client.end();
      await ours.stop();
    }
  },
};
