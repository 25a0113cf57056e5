import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { type Instant, plus, SECOND } from '../../../domain/shared/time.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Busy } from '../../../ports/shared/failure.js';
import type { RateLimits } from '../../../ports/shared/rate-limits.js';

/** `points` per window; the window opens with the first point taken. */
export type Limits<Name extends string> = Readonly<
  Record<Name, { readonly points: number; readonly windowSeconds: number }>
>;

/** Fixed windows in a map: each call is one step, so it needs no unit. */
export const memoryRateLimits = <Name extends string>({
  limits,
  clock,
}: {
  readonly limits: Limits<Name>;
  readonly clock: Clock;
}): RateLimits<Name> => {
  const windows = new Map<string, { readonly used: number; readonly ends: Instant }>();
  const idOf = (name: Name, key: string): string => `${name}:${key}`;
  return {
    consume: (name, key): ResultAsync<void, Busy> => {
      const { points, windowSeconds } = limits[name];
      const now = clock.now();
      const held = windows.get(idOf(name, key));
      const open =
        held !== undefined && held.ends > now ? held : { used: 0, ends: plus(now, windowSeconds * SECOND) };
      if (open.used >= points) {
        return errAsync({ kind: 'rate_limited', retryAfterSeconds: Math.ceil((open.ends - now) / SECOND) });
      }
      windows.set(idOf(name, key), { ...open, used: open.used + 1 });
      return okAsync(undefined);
    },
    forgive: (name, key) => {
      windows.delete(idOf(name, key));
      return okAsync(undefined);
    },
  };
};
