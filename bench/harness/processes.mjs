import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const START_MS = 60_000;
const STOP_MS = 20_000;
const running = new Set();

/** It ends with this process, whatever ends that. */
export const keep = (child) => {
  running.add(child);
  child.once('exit', () => running.delete(child));
};

let interrupted = false;
const killAll = () => {
  for (const child of running) child.kill('SIGKILL');
};
process.once('exit', killAll);
// What waits for a reply fails then, and cleans up on its way out.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    interrupted = true;
    killAll();
  });

const exited = (child) =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', resolve));

const portOf = (child, name, errors) =>
  new Promise((resolve, reject) => {
    const tooLate = setTimeout(() => reject(new Error(`${name} did not start in time`)), START_MS);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, port] = /^listening on http:\/\/[^/]+:(\d+)$/.exec(line) ?? [];
      if (port === undefined) return;
      clearTimeout(tooLate);
      resolve(Number(port));
    });
    child.once('exit', (code) => {
      clearTimeout(tooLate);
      reject(
        new Error(
          `${name} ended with ${code} before it listened:\n${readFileSync(errors, 'utf8').slice(-4000)}`,
        ),
      );
    });
  });

/** Starts a Node server that prints where it listens; `errors` is the file that takes its standard error. */
export const startServer = async ({ name, file, env, errors, nodeOptions = [] }) => {
  if (interrupted) throw new Error('interrupted');
  const log = openSync(errors, 'a');
  const child = spawn(process.execPath, [...nodeOptions, file], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', log],
  });
  closeSync(log);
  keep(child);
  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited(child);
    clearTimeout(late);
  };
  try {
    return { name, pid: child.pid, port: await portOf(child, name, errors), stop };
  } catch (problem) {
    await stop();
    throw problem;
  }
};

const statusOf = (pid, field) => {
  const [, kilobytes] =
    new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
};

/** Resident memory of a process in MiB: now, and its peak since the last `forgetPeak`. */
export const memory = {
  now: (pid) => statusOf(pid, 'VmRSS'),
  peak: (pid) => statusOf(pid, 'VmHWM'),
  forgetPeak: (pid) => writeFileSync(`/proc/${pid}/clear_refs`, '5'),
};

const TICKS_PER_SECOND = 100;

/** Seconds of processor time, user and system, that a process has used so far. */
export const processorSeconds = (pid) => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold spaces; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
};
