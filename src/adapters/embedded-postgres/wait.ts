import { setTimeout as pause } from 'node:timers/promises';

const PAUSE_MS = 40;

/** Asks until there is an answer; undefined when the time is up. */
export const until = async <T>(
  seconds: number,
  ask: () => Promise<T | undefined>,
): Promise<T | undefined> => {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined || performance.now() >= end) return answer;
    await pause(PAUSE_MS);
  }
};
