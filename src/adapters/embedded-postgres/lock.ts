import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { living, pidOf } from '../kit/processes.js';
import { staked, taken } from '../kit/rename-lock.js';
import type { Place } from './place.js';
import { ownName } from './processes.js';
import { until } from './wait.js';

const WAIT_SECONDS = 60;

/** One at a time among all processes that start, join or leave this cluster. */
export const alone = async <T>(
  { claims, lock }: Pick<Place, 'claims' | 'lock'>,
  work: () => Promise<T>,
  seconds = WAIT_SECONDS,
): Promise<T> => {
  await living(claims);
  const me = await ownName();
  const claim = await staked(claims, me);
  if (!(await until(seconds, async () => ((await taken(claim, lock)) ? true : undefined)))) {
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
