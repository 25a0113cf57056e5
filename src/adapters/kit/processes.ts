import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const onLinux = process.platform === 'linux';

/** True for any process that still has a number, also one of another user and one nobody has buried. */
export const hasPid = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

type Stat = { readonly program: string; readonly start: string };

/** What the kernel says of a live process. The name in brackets may hold anything, so fields count from its end. */
export const statOf = async (pid: number): Promise<Stat | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const end = text.lastIndexOf(')');
  const fields = text.slice(end + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  if (start === undefined || state === 'Z' || state === 'X') return undefined;
  return { program: text.slice(text.indexOf('(') + 1, end), start };
};

/** When a live process began. Numbers of processes are used again; a number together with its start time is not. */
export const startOf = async (pid: number): Promise<string | undefined> => {
  if (onLinux) return (await statOf(pid))?.start;
  return hasPid(pid) ? 'unknown' : undefined;
};

/** A file name that says which process made it. The nonce tells two uses in one process apart. */
export const ownName = async (nonce: string): Promise<string> =>
  `${process.pid}.${await startOf(process.pid)}.${nonce}`;

export const pidOf = (name: string): number => Number(name.split('.')[0]);

const isAlive = async (name: string): Promise<boolean> => {
  const start = await startOf(pidOf(name));
  return start !== undefined && start === name.split('.')[1];
};

/** The names in `directory` of processes that live; those of the dead are removed on the way. */
export const living = async (directory: string): Promise<readonly string[]> => {
  const names = await readdir(directory).catch(() => []);
  const alive = await Promise.all(names.map(isAlive));
  const dead = names.filter((_, i) => !alive[i]);
  await Promise.all(dead.map((name) => rm(join(directory, name), { recursive: true, force: true })));
  return names.filter((_, i) => alive[i]);
};
