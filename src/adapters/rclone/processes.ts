import { readdir, readFile, readlink } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { startOf } from '../kit/processes.js';

export { startOf };

/** Numbers of processes are used again; a number with its start time, since this boot, is not. */
export type Running = { readonly pid: number; readonly start: string; readonly boot: string };

const POLL_MS = 20;

/** Which boot of this machine this is. */
export const bootId = async (): Promise<string> =>
  (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();

const worksIn = async (pid: number, directory: string): Promise<boolean> =>
  (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === directory;

/** Whether it is the process that was written down, still at work in its directory. */
export const isRunning = async ({ pid, start, boot }: Running, directory: string): Promise<boolean> =>
  (await startOf(pid)) === start && (await bootId()) === boot && (await worksIn(pid, directory));

/** A process at work in this directory that nobody wrote down: whoever started it did not live to do so. */
export const strayIn = async (directory: string): Promise<Running | undefined> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids) {
    if (!(await worksIn(pid, directory))) continue;
    const start = await startOf(pid);
    if (start !== undefined) return { pid, start, boot: await bootId() };
  }
  return undefined;
};

/** The mounts that a process sees, by the name the kernel has for them: one name for all processes that share them. */
export const mountsOf = (pid: number | 'self'): Promise<string | undefined> =>
  readlink(`/proc/${pid}/ns/mnt`).catch(() => undefined);

/** The arguments that it was started with. */
export const argumentsOf = async (pid: number): Promise<readonly string[]> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');

const gone = async (running: Running, directory: string, patienceMs: number): Promise<boolean> => {
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(POLL_MS))
    if (!(await isRunning(running, directory))) return true;
  return false;
};

/** Asks it to end, and ends it when it does not. Nobody else is ever signalled. */
export const endProcess = async (running: Running, directory: string, patienceMs: number): Promise<void> => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await isRunning(running, directory))) return;
    try {
      process.kill(running.pid, signal);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
    }
    if (await gone(running, directory, patienceMs)) return;
  }
  throw new Error(`process ${running.pid} does not end`);
};

/** The files below `root` that it has open. */
export const openFilesBelow = async (pid: number, root: string): Promise<readonly string[]> => {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(
    descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')),
  );
  return links.filter((link) => link.startsWith(`${root}/`));
};
