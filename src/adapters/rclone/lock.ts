import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { unlessAbsent } from './files.js';
import { startOf } from './processes.js';

const POLL_MS = 20;
const HELD = new Set<string | undefined>(['ENOTEMPTY', 'EEXIST']);

/** One at a time among all processes of this host. Undefined: somebody held it all the while, and nothing was done. */
export type Lock = <T>(name: string, patienceMs: number, work: () => Promise<T>) => Promise<T | undefined>;

const isAlive = async (owner: string): Promise<boolean> => {
  const [pid = '', start] = owner.split('.');
  return (await startOf(Number(pid))) === start;
};

const buryIn = async (directory: string): Promise<void> => {
  for (const owner of (await unlessAbsent(readdir(directory))) ?? [])
    if (!(await isAlive(owner))) await rm(join(directory, owner), { recursive: true, force: true });
};

/**
 * A lock is a directory that holds one file, named after its owner. Renaming a directory onto another works only
 * while that one is absent or empty, so taking is one atomic step; a dead owner's file is removed by its own name,
 * so two who find it cannot take each other's lock away.
 */
export const lockIn = (directory: string, nonce: () => string): Lock => {
  const [claims, held] = [join(directory, 'claims'), join(directory, 'held')];
  const taken = async (claim: string, lock: string): Promise<boolean> => {
    try {
      await rename(claim, lock);
      return true;
    } catch (cause) {
      if (!HELD.has((cause as NodeJS.ErrnoException).code)) throw cause;
      await buryIn(lock);
      return false;
    }
  };
  return async (name, patienceMs, work) => {
    await mkdir(held, { recursive: true, mode: 0o700 });
    await mkdir(claims, { recursive: true, mode: 0o700 });
    const owner = `${process.pid}.${await startOf(process.pid)}.${nonce()}`;
    const [claim, lock] = [join(claims, owner), join(held, name)];
    await mkdir(claim, { mode: 0o700 });
    await writeFile(join(claim, owner), '');
    const end = performance.now() + patienceMs;
    while (!(await taken(claim, lock))) {
      if (performance.now() < end) {
        await pause(POLL_MS);
        continue;
      }
      await rm(claim, { recursive: true });
      return undefined;
    }
    try {
      return await work();
    } finally {
      await rm(join(lock, owner), { force: true });
    }
  };
};

/** What locks of the dead left behind. */
export const sweepLocks = (directory: string): Promise<void> => buryIn(join(directory, 'claims'));
