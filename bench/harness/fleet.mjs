import { fork } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { keep } from './processes.mjs';

const WAY_MS = 10;
const BOOT_MS = 500;

/**
 * One memory provider for all workers: 10 ms away from each of them, instances boot for half a second. `made` are
 * all calls that reached it, with the gateway that each was about; `lost` those whose answer nobody was there for:
 * the worker that asks for the instance of that number is killed when it has been made.
 */
export const openProvider = async ({ dist, lastOfOne }) => {
  const built = (path) => import(pathToFileURL(join(dist, path)).href);
  const { memoryProvider } = await built('adapters/memory/fleet/provider.js');
  const { systemClock } = await built('adapters/system/clock.js');
  const memory = memoryProvider({ clock: systemClock, pace: { bootMs: BOOT_MS } });
  const made = [];
  const gateways = new Map();
  const lost = [];
  const about = (name, [first, token]) => {
    if (name === 'ensure') gateways.set(token, first.gatewayId);
    return gateways.get(name === 'ensure' ? token : first) ?? memory.gatewayOf(first);
  };
  const answer = async (worker, { id, face, name, args }) => {
    await pause(WAY_MS);
    made.push({ at: Date.now(), name, gateway: about(name, args) });
    const result = await memory.provider[face][name](...args);
    if (name === 'ensure' && gateways.size === lastOfOne) worker.kill('SIGKILL');
    await pause(WAY_MS);
    if (worker.killed) lost.push(name);
    else worker.send(result.isOk() ? { id, value: result.value } : { id, error: result.error });
  };
  const owners = () => memory.instances().map(({ ref }) => memory.gatewayOf(ref));
  return { made, lost, answer, owners };
};

const told = (child, done, errors) =>
  new Promise((resolve, reject) => {
    child.on('message', (message) => message.done === done && resolve());
    child.once('exit', () =>
      reject(new Error(`a fleet worker ended:\n${readFileSync(errors, 'utf8').slice(-4000)}`)),
    );
  });

/** A worker process on its own connections to the database. */
export const startFleetWorker = async ({ provider, env, errors }) => {
  const log = openSync(errors, 'a');
  const child = fork(join(import.meta.dirname, 'fleet-worker.mjs'), [], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
    serialization: 'advanced',
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  keep(child);
  child.on('message', (message) => message.id !== undefined && provider.answer(child, message));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await told(child, 'open', errors);
  return {
    create: async (wanted) => {
      const created = told(child, 'create', errors);
      child.send({ create: wanted });
      await created;
    },
    start: () => child.send({ start: true }),
    isThere: () => child.exitCode === null && child.signalCode === null,
    /** Without a word to anybody. */
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};
