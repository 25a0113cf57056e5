import { type Result, ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../../ports/shared/failure.js';

/** Of each key one round after the other: whoever comes before it has begun is of it, and the rest are of the next. */
export type Rounds<One, Answer> = {
  readonly isOn: (key: string) => boolean;
  readonly join: (key: string, one: One) => ResultAsync<Answer, Unavailable>;
};

type Round<One, Answer> = {
  readonly all: One[];
  readonly answer: ResultAsync<Answer, Unavailable>;
  readonly hasBegun: () => boolean;
};

/** `serve` asks who is of the round at the moment at which it begins. */
export const rounds = <Key extends string, One, Answer>(
  serve: (key: Key, all: () => readonly One[]) => Promise<Result<Answer, Unavailable>>,
): Rounds<One, Answer> => {
  const last = new Map<string, Round<One, Answer>>();
  const open = (key: string): Round<One, Answer> => {
    const before = last.get(key);
    if (before && !before.hasBegun()) return before;
    const all: One[] = [];
    let begun = false;
    const begin = (): readonly One[] => {
      begun = true;
      return all;
    };
    const next = () => serve(key as Key, begin);
    const earlier = before?.answer ?? Promise.resolve();
    const answer = new ResultAsync(Promise.resolve(earlier.then(next, next)));
    const round = { all, answer, hasBegun: () => begun };
    const over = (): void => {
      if (last.get(key) === round) last.delete(key);
    };
    void answer.then(over, over);
    last.set(key, round);
    return round;
  };
  return {
    isOn: (key) => last.has(key),
    join: (key, one) => {
      const round = open(key);
      round.all.push(one);
      return round.answer;
    },
  };
};
