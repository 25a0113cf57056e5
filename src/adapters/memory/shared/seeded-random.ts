import type { Random } from '../../../ports/shared/random.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Numbers of mulberry32 in [0, 1): the same seed, the same sequence. */
const numbers = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Text of the length and alphabet of base64url, guessable by whoever knows the seed. */
export const seededRandom = (seed = 1): Random => {
  const next = numbers(seed);
  const letter = (): string => ALPHABET.charAt(Math.floor(next() * ALPHABET.length));
  return { token: (bytes) => Array.from({ length: Math.ceil((bytes * 4) / 3) }, letter).join('') };
};
