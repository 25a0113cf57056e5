import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Place, placeOf } from '../../../src/adapters/embedded-postgres/place.js';
import { running } from '../../../src/adapters/embedded-postgres/server.js';
import { until } from '../../../src/adapters/embedded-postgres/wait.js';

export const NOBODY = 65_534;
export const isRoot = process.geteuid?.() === 0;

const script = join(import.meta.dirname, 'embedded-client.mjs');
const fast = { fsync: 'off', synchronous_commit: 'off' };

type Options = { readonly settings?: Record<string, string>; readonly packageDir?: string };
type Started = { readonly url: string; readonly adminUrl: string; readonly lines: readonly string[] };
type Reply<T> = { readonly done: T } | { readonly failed: string };

const children: ChildProcess[] = [];
const tempDirs: string[] = [];
const dataDirs = new Set<string>();

/** A directory of the test's own, most often its data directory; all in it goes when the test ends. */
export const freshDir = async (): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'tollhouse-embedded-'));
  tempDirs.push(dir);
  dataDirs.add(dir);
  return dir;
};

/** A real process that starts, queries and leaves on command. */
export const client = (dataDir: string, user: { readonly uid?: number; readonly gid?: number } = {}) => {
  const child = fork(script, { cwd: '/', execArgv: [], env: {}, detached: true, ...user });
  children.push(child);
  dataDirs.add(dataDir);
  const ask = async <T>(verb: string, argument?: unknown): Promise<T> => {
    child.send({ verb, argument });
    const [reply] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => [{ failed: 'the process ended' }]),
    ])) as [Reply<T>];
    if ('failed' in reply) throw new Error(reply.failed);
    return reply.done;
  };
  return {
    start: (options: Options = {}) => ask<Started>('start', { dataDir, settings: fast, ...options }),
    query: (sql: string) => ask<readonly Record<string, unknown>[]>('query', sql),
    leave: () => ask<null>('leave'),
    /** Ctrl-C reaches every process of the terminal's foreground group, which this client leads here. */
    interrupt: async () => {
      process.kill(-child.pid!, 'SIGINT');
      await once(child, 'exit');
    },
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
};

/** Root keeps the data elsewhere than an ordinary user: a test may have used either. */
const placesOf = async (dir: string): Promise<readonly Place[]> => {
  const place = await placeOf(dir);
  return [place, { ...place, home: place.control, data: join(place.control, 'data') }];
};

/** The pid of the server of `dir`, if it runs. */
export const serverOf = async (dir: string): Promise<number | undefined> => {
  const servers = await Promise.all((await placesOf(dir)).map(running));
  return servers.find((server) => server)?.pid;
};

export const gone = async (dir: string): Promise<true | undefined> =>
  until(10, async () => ((await serverOf(dir)) === undefined ? true : undefined));

const removeCluster = async (dir: string): Promise<void> => {
  const pid = await serverOf(dir);
  if (pid !== undefined) process.kill(pid, 'SIGQUIT');
  await gone(dir);
  for (const { home } of await placesOf(dir)) await rm(home, { recursive: true, force: true, maxRetries: 5 });
};

/** The first directory above `path` that other users cannot pass. */
export const closedAbove = async (path: string): Promise<string | undefined> => {
  const above = dirname(path);
  if (((await stat(above)).mode & 0o001) === 0) return above;
  return above === path ? undefined : closedAbove(above);
};

/** After every test: its processes by their pids, its servers, its directories. */
export const cleanUp = async (): Promise<void> => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  for (const dir of dataDirs) await removeCluster(dir);
  dataDirs.clear();
  for (const dir of tempDirs.splice(0)) await rm(dir, { recursive: true, force: true });
};
