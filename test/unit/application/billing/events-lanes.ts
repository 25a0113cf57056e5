/** Numbers of mulberry32: the same seed, the same sequence. */
export const numbers = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
};

/** Resolves when it is this one's turn. */
export type Turn = () => Promise<void>;

export type Lanes = {
  /** One that goes on by itself from turn to turn. */
  readonly lane: () => Turn;
  /** Gives turns until nobody waits for one: all is done, or waits for what never comes. */
  readonly untilQuiet: () => Promise<void>;
  /** From here on everybody goes on at once. */
  readonly free: () => void;
};

const FICKLE = 12;

/**
 * Who waits goes on one at a time. Each lane has a rank, and the first in rank goes on until chance gives it another:
 * so one may come to its end while others stand still in the middle of what they do, where a draw at each turn
 * would have all go on evenly.
 */
export const lanes = (pick: (below: number) => number): Lanes => {
  type Lane = { rank: number };
  const waiting: { readonly lane: Lane; readonly go: () => void }[] = [];
  let isFree = false;
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const first = (): number =>
    waiting.reduce((best, { lane }, at) => (lane.rank < (waiting[best]?.lane.rank ?? 0) ? at : best), 0);
  return {
    lane: () => {
      const lane = { rank: pick(1_000) };
      return () => (isFree ? Promise.resolve() : new Promise((go) => waiting.push({ lane, go })));
    },
    untilQuiet: async () => {
      for (await settled(); waiting.length > 0; await settled()) {
        const [next] = waiting.splice(first(), 1);
        if (next && pick(FICKLE) === 0) next.lane.rank = pick(1_000);
        next?.go();
      }
    },
    free: () => {
      isFree = true;
    },
  };
};
