import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { errAsync, ResultAsync } from 'neverthrow';
import { placeOf } from '../../adapters/embedded-postgres/place.js';
import { stopServer } from '../../adapters/embedded-postgres/server.js';
import { Settings } from '../config.js';
import { freePort } from '../free-port.js';
import type { Failure } from './findings.js';

/** A server that lives as long as the journey. */
export type OwnServer = {
  readonly origin: string;
  readonly dataDir: string;
  /** Ends it and removes everything it kept. */
  readonly stop: () => ResultAsync<void, Failure>;
};

const LISTENING = /^listening on (http:\/\/\S+)$/;
const START_SECONDS = 120;
const STOP_SECONDS = 60;
const LINES_KEPT = 20;

const inStep =
  (step: string) =>
  (cause: unknown): Failure => ({ step, reason: (cause as Error).message });

/** The surroundings of this process without any setting of Tollhouse: the journey's server is a demo of its own. */
const environment = (dataDir: string, port: number): NodeJS.ProcessEnv => {
  const given = Object.entries(process.env).filter(([name]) => !(name in Settings.shape));
  return {
    ...Object.fromEntries(given),
    TOLLHOUSE_DATA_DIR: dataDir,
    PORT: String(port),
    // A connection of the journey leads to the server itself.
    OUTBOUND_ALLOW: '127.0.0.1',
    // A cent a second: the journey's report of usage has something to count.
    LOCAL_INSTANCE_TYPES: 'local.standard:3600:1GiB',
    LOG_LEVEL: 'warn',
    // One client on purpose asks as fast as it can: the rate limit is not what is measured.
    REQUESTS_PER_MINUTE: '10000000',
  };
};

/** Starts `program` on an empty data directory and waits until it listens. */
export const startServer = (program: string): ResultAsync<OwnServer, Failure> =>
  ResultAsync.fromPromise(
    Promise.all([mkdtemp(join(tmpdir(), 'tollhouse-journey-')), freePort()]),
    inStep('make a data directory'),
  ).andThen(([dataDir, port]) => {
    // A session of its own: Ctrl-C is for the journey, which then ends the server itself.
    const child = spawn(process.execPath, [program], {
      env: environment(dataDir, port),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const end = () => void child.kill('SIGTERM');
    process.once('exit', end);
    const stop = () =>
      ResultAsync.fromPromise(
        ended(child)
          .then(() => removeData(dataDir))
          .finally(() => process.off('exit', end)),
        inStep('stop the server'),
      );
    return ResultAsync.fromPromise(listening(child), inStep('start a server'))
      .map((origin) => ({ origin, dataDir, stop }))
      .orElse((failure) => stop().andThen(() => errAsync(failure)));
  });

/** The address it prints; fails with its last words when it ends instead. */
const listening = (child: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    const words: string[] = [];
    const fail = (why: string) => reject(new Error([why, ...words].join('\n')));
    const timer = setTimeout(() => fail(`it does not listen after ${START_SECONDS} s`), START_SECONDS * 1000);
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (text) => {
        words.splice(0, words.length - LINES_KEPT + 1);
        words.push(text);
        const origin = LISTENING.exec(text)?.[1];
        if (origin === undefined) return;
        clearTimeout(timer);
        resolve(origin);
      });
    }
    child.once('error', (cause) => fail(cause.message));
    // 'close' and not 'exit': only then everything it said has arrived.
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      fail(`it ended with ${signal ?? code}`);
    });
  });

const ended = async (child: ChildProcess): Promise<void> => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = new AbortController();
  const deadline = pause(STOP_SECONDS * 1000, undefined, { signal: late.signal })
    .then(() => child.kill('SIGKILL'))
    .catch(() => undefined);
  await exit;
  late.abort();
  await deadline;
};

/** The database's files may be elsewhere than the data directory, and its process outlives a killed server. */
const removeData = async (dataDir: string): Promise<void> => {
  const place = await placeOf(dataDir);
  await stopServer(place);
  await rm(place.home, { recursive: true, force: true });
  await rm(dataDir, { recursive: true, force: true });
};
