import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { living, ownName } from '../kit/processes.js';
import { staked, taken } from '../kit/rename-lock.js';

const POLL_MS = 20;

/** One at a time among all processes of this host. Undefined: somebody held it all the while, and nothing was done. */
export type Lock = <T>(name: string, patienceMs: number, work: () => Promise<T>) => Promise<T | undefined>;

/** Dies with its holder: a lock that a dead process held is anybody's. */
export const lockIn = (directory: string, nonce: () => string): Lock => {
  const [claims, held] = [join(directory, 'claims'), join(directory, 'held')];
  return async (name, patienceMs, work) => {
    await mkdir(held, { recursive: true, mode: 0o700 });
    await mkdir(claims, { recursive: true, mode: 0o700 });
    const owner = await ownName(nonce());
    const [claim, lock] = [await staked(claims, owner, 0o700), join(held, name)];
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
export const sweepLocks = async (directory: string): Promise<void> => {
  await living(join(directory, 'claims'));
};
