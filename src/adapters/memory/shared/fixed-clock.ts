import { type Instant, plus } from '../../../domain/shared/time.js';
import type { Clock } from '../../../ports/shared/clock.js';

/** A clock that stands still until it is moved. */
export type FixedClock = Clock & {
  readonly set: (at: Instant) => void;
  readonly advance: (ms: number) => void;
};

export const fixedClock = (start: Instant): FixedClock => {
  let now = start;
  return {
    now: () => now,
    set: (at) => {
      now = at;
    },
    advance: (ms) => {
      now = plus(now, ms);
    },
  };
};
