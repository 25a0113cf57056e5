import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './place.js';
import { living, ownName, pidOf } from './processes.js';
import { until } from './wait.js';

const WAIT_SECONDS = 60;
const HELD = new Set<string | undefined>(['ENOTEMPTY', 'EEXIST']);

/**
 * The lock is a directory holding one file named after its owner. Renaming a directory onto another
 * works only while that one is absent or empty, so taking is one atomic step; and a dead owner's file
 * is removed by its own name, so two waiters that find it cannot remove each other's lock.
 */
const take = async (claim: string, lock: string): Promise<true | undefined> => {
  try {
    await rename(claim, lock);
    return true;
  } catch (error) {
    if (!HELD.has((error as NodeJS.ErrnoException).code)) throw error;
    await living(lock);
    return undefined;
  }
};

/** One at a time among all processes that start, join or leave this cluster. */
export const alone = async <T>(
  { claims, lock }: Pick<Place, 'claims' | 'lock'>,
  work: () => Promise<T>,
  seconds = WAIT_SECONDS,
): Promise<T> => {
  await living(claims);
  const me = await ownName();
  const claim = join(claims, me);
  await mkdir(claim);
  await writeFile(join(claim, me), '');
  if (!(await until(seconds, () => take(claim, lock)))) {
    const [holder] = await living(lock);
    const who = holder ? `Process ${pidOf(holder)}` : 'Another process';
    await rm(claim, { recursive: true });
    throw new Error(
      `${who} has been starting or stopping the embedded PostgreSQL for ${seconds} s (lock ${lock}): wait for it or end it, then start again`,
    );
  }
  try {
    return await work();
  } finally {
    await rm(join(lock, me), { force: true });
  }
};
