import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { hasPid } from '../kit/processes.js';
import { cannotRun, surroundings } from './binaries.js';
import type { Place } from './place.js';
import { isPostmasterOf } from './processes.js';
import { type Secrets, urlsOf, wrongSecrets } from './secrets.js';
import { until } from './wait.js';

const START_SECONDS = 10;
const ANSWER_SECONDS = 120;
const STOP_SECONDS = 50;
const LOG_BYTES = 16 * 1024 * 1024;

type Server = { readonly pid: number; readonly port: number; readonly status: string };

const pidFileOf = ({ data }: Place): string => join(data, 'postmaster.pid');

/** What the last server wrote down, whether it lives or not. */
const lastServer = async (place: Place): Promise<Server | undefined> => {
  const lines = (await readFile(pidFileOf(place), 'utf8').catch(() => '')).split('\n');
  const [pid, port, status = ''] = [Number(lines[0]), Number(lines[3]), lines[7]?.trim()];
  return pid > 0 && port > 0 ? { pid, port, status } : undefined;
};

export const running = async (place: Place): Promise<Server | undefined> => {
  const server = await lastServer(place);
  return server && (await isPostmasterOf(place.data, server.pid)) ? server : undefined;
};

const IS_UP = new Set(['53300']); // full, but there
const NOT_YET = new Set(['57P03', 'ECONNREFUSED', 'ECONNRESET']);
const REFUSED = new Set(['28P01', '28000']);

const answersTo = async (url: string, place: Place): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // a server that goes away meanwhile is seen by the next question
  try {
    await client.connect();
    return true;
  } catch (error) {
    const code = (error as { readonly code?: string }).code ?? '';
    if (REFUSED.has(code)) throw wrongSecrets(place.secrets, 'not those of its data', error);
    if (IS_UP.has(code)) return true;
    if (NOT_YET.has(code) || /timeout|terminated/i.test(String(error))) return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
};

/** Waits until the server lets both roles in (it may be replaying its log); 'gone' when it ended instead. */
const answering = async (
  place: Place,
  secrets: Secrets,
  isGone: () => Promise<boolean>,
): Promise<Server | 'gone'> => {
  const outcome = await until(ANSWER_SECONDS, async () => {
    const server = await running(place);
    if (server) {
      const { url, adminUrl } = urlsOf(secrets, server.port);
      if ((await answersTo(adminUrl, place)) && (await answersTo(url, place))) return server;
    }
    return (await isGone()) ? 'gone' : undefined;
  });
  if (outcome) return outcome;
  throw new Error(
    `PostgreSQL lets nobody in after ${ANSWER_SECONDS} s; it may still be replaying its log: see ${place.log}, then start again`,
  );
};

/** A free port, `wanted` if possible. */
const freePort = async (wanted = 0): Promise<number> => {
  const probe = createServer().listen(wanted, '127.0.0.1');
  try {
    await once(probe, 'listening');
    const address = probe.address();
    return typeof address === 'object' && address ? address.port : 0;
  } catch {
    return freePort();
  } finally {
    probe.close();
  }
};

/** PostgreSQL would take any process with that number for its predecessor, and an empty file for a rival. */
const forgetStranger = async (place: Place): Promise<void> => {
  const server = await lastServer(place);
  if (!server || (hasPid(server.pid) && !(await isPostmasterOf(place.data, server.pid))))
    await rm(pidFileOf(place), { force: true });
};

const openLog = async (file: string) => {
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size > LOG_BYTES) await rename(file, `${file}.1`);
  return open(file, 'a', 0o600);
};

const DEFAULTS = { max_connections: '100', shared_buffers: '128MB', timezone: 'UTC', log_timezone: 'UTC' };
/** Not for the caller to change: only this machine, only by password. */
const ENFORCED = { listen_addresses: '127.0.0.1', unix_socket_directories: '' };

type Settings = Readonly<Record<string, string>>;
type Start = { readonly bin: string; readonly settings: Settings; readonly secrets: Secrets };

const launch = async (
  place: Place,
  { bin, settings, secrets }: Start,
  port: number,
): Promise<Server | 'gone'> => {
  const all = { ...DEFAULTS, ...settings, ...ENFORCED, port: `${port}` };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const program = join(bin, 'postgres');
  const log = await openLog(place.log);
  // A session of its own: Ctrl-C at the terminal is for us, and our end must not be the server's.
  const stdio = ['ignore' as const, log.fd, log.fd];
  const child = spawn(program, ['-D', place.data, ...args], {
    ...surroundings(place),
    detached: true,
    stdio,
  });
  const spawned = once(child, 'spawn');
  const ended = { yet: false };
  child.once('exit', () => {
    ended.yet = true;
  });
  child.unref();
  await spawned
    .catch((cause: unknown) => {
      throw cannotRun(program, cause);
    })
    .finally(() => log.close());
  return answering(place, secrets, async () => ended.yet);
};

/** Tries again for a while: backends of a server that was killed need a moment to notice and end. */
const startServer = async (place: Place, start: Start, wanted?: number): Promise<Server> => {
  const started = await until(START_SECONDS, async () => {
    await forgetStranger(place);
    const server = await launch(place, start, await freePort(wanted));
    return server === 'gone' ? undefined : server;
  });
  if (started) return started;
  const lines = (await readFile(place.log, 'utf8')).trimEnd().split('\n').slice(-5).join('\n');
  throw new Error(`PostgreSQL does not start; the end of its log ${place.log} says:\n${lines}`);
};

/** The port of the server of this place, which is started unless it runs. Call it under the lock. */
export const joinServer = async (
  place: Place,
  secrets: Secrets,
  start: { readonly bin: () => Promise<string>; readonly settings: Settings },
): Promise<{ readonly port: number; readonly attached: boolean }> => {
  const gone = async () => (await running(place)) === undefined;
  const found = (await gone()) ? 'gone' : await answering(place, secrets, gone);
  if (found !== 'gone') return { port: found.port, attached: true };
  // After a crash the old port again: who is still attached knows no other.
  const last = await lastServer(place);
  const server = await startServer(place, { ...start, bin: await start.bin(), secrets }, last?.port);
  return { port: server.port, attached: false };
};

/** Stops the server, letting it write its checkpoint. One that replays its log is left to finish: it would begin again. */
export const stopServer = async (place: Place): Promise<void> => {
  const server = await running(place);
  if (!server || server.status === 'starting') return;
  process.kill(server.pid, 'SIGINT');
  const stopped = await until(STOP_SECONDS, async () => ((await running(place)) ? undefined : true));
  if (!stopped)
    throw new Error(
      `PostgreSQL (process ${server.pid}) does not stop within ${STOP_SECONDS} s: see ${place.log}`,
    );
};
