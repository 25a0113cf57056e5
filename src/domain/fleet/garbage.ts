import { type Instant, MINUTE } from '../shared/time.js';

/** An instance younger than this may belong to a row that is being written. */
const YOUTH = 5 * MINUTE;
/** Up to so many are ended without a question; beyond that, only this share of all that there are. */
const FREELY = 10;
const SHARE = 0.2;

type Listed = { readonly token: string; readonly createdAt: Instant };

/** Instances that nobody owns: no live gateway has their token, and they are not just being made. */
export const orphansAmong = <T extends Listed>(
  listed: readonly T[],
  owned: ReadonlySet<string>,
  at: Instant,
): readonly T[] => listed.filter(({ token, createdAt }) => !owned.has(token) && at - createdAt > YOUTH);

/** So many orphans at once are more likely a mistake of ours than garbage: none of them is ended then. */
export const isTooMany = (orphans: number, listed: number): boolean =>
  orphans > FREELY && orphans > Math.max(1, Math.floor(listed * SHARE));
