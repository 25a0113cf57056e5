import { MINUTE, SECOND } from './time.js';

const LONGEST = 5 * MINUTE;
const SPREAD = 0.2;

/** The last digits of a UUIDv7 are random, so they serve as the dice: what failed together parts ways. */
const roll = (id: string): number => Number.parseInt(id.slice(-4), 16) / 0xffff;

/** 1 s after the first attempt, twice as long after each further one, each ± 20 %, at most 5 min. */
export const backoff = ({ id, attempts }: { readonly id: string; readonly attempts: number }): number => {
  const base = Math.min(SECOND * 2 ** (attempts - 1), LONGEST);
  return Math.min(Math.round(base * (1 - SPREAD + 2 * SPREAD * roll(id))), LONGEST);
};
