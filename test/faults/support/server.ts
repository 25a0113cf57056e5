import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { placeOf } from '../../../src/adapters/embedded-postgres/place.js';

export type Environment = Readonly<Record<string, string>>;
export type Program = {
  readonly child: ChildProcess;
  readonly origin: string;
  readonly output: () => string;
  readonly log: () => string;
  /** Sends the signal and waits for the end; answers how it ended. */
  readonly end: (signal?: NodeJS.Signals) => Promise<number | NodeJS.Signals | null>;
};

const INHERITED = ['PATH', 'HOME', 'LANG', 'TMPDIR'] as const;
const environmentOf = (given: Environment): Environment => ({
  ...Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
  FREE_SPACE_FLOOR: '0',
  ...given,
});

const ended = (child: ChildProcess): Promise<number | NodeJS.Signals | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode ?? child.signalCode)
    : new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));

const started: ChildProcess[] = [];

/** `node dist/composition/main.js` with just this environment, once it says that it is up. */
export const startProgram = async (environment: Environment): Promise<Program> => {
  const child = spawn(process.execPath, ['dist/composition/main.js'], {
    env: environmentOf({ PORT: '0', LOG_LEVEL: 'info', ...environment }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let output = '';
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      output += chunk;
      const up = /^(?:listening on (\S+)|working: .*)$/m.exec(output);
      if (up) resolve(up[1] ?? '');
    });
    child.once('exit', (code) =>
      reject(new Error(`the program ended with ${code} before it was up:\n${log}`)),
    );
  });
  const end = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    return ended(child);
  };
  return { child, origin, output: () => output, log: () => log, end };
};

/** Runs a script of dist to its end. */
export const runScript = async (script: string, args: readonly string[], environment: Environment) => {
  try {
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [`dist/composition/${script}.js`, ...args],
      {
        env: environmentOf(environment),
      },
    );
    return { code: 0, stdout, stderr };
  } catch (failed) {
    const { code, stdout, stderr } = failed as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
};

const directories: string[] = [];

/** A data directory that is gone after `cleanUp`, with the embedded database that belongs to it. */
export const dataDirectory = async (): Promise<string> => {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'tollhouse-data-')));
  directories.push(path);
  return path;
};

/** What a live server needs over this database, with a data directory of its own; no letter of it arrives. */
export const liveEnvironment = async (databaseUrl: string, over: Environment = {}) => ({
  DATABASE_URL: databaseUrl,
  TOLLHOUSE_DATA_DIR: await dataDirectory(),
  TOLLHOUSE_SECRET_KEY: 'a secret that all processes of this deployment share',
  BASE_URL: 'http://storage.example.com',
  SMTP_URL: 'smtp://127.0.0.1:1',
  LOG_LEVEL: 'error',
  ROLE: 'api',
  ...over,
});

/** Ends what is still running, by its pid, and removes what it kept. */
export const cleanUp = async (): Promise<void> => {
  for (const child of started.splice(0)) {
    child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended(child);
    clearTimeout(deadline);
  }
  for (const path of directories.splice(0)) {
    const { home } = await placeOf(path);
    await rm(home, { recursive: true, force: true });
    await rm(path, { recursive: true, force: true });
  }
};
