import { okAsync, ResultAsync } from 'neverthrow';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Busy } from '../../ports/shared/failure.js';
import type { RateLimits } from '../../ports/shared/rate-limits.js';

/** Limits that guard this process alone; keys are forgotten when their window ends. */
export const processLimits = <Name extends string>(
  limits: Readonly<Record<Name, { readonly points: number; readonly windowSeconds: number }>>,
): RateLimits<Name> => {
  const limiters = new Map<string, RateLimiterMemory>(
    Object.entries<{ points: number; windowSeconds: number }>(limits).map(
      ([name, { points, windowSeconds }]) => [
        name,
        new RateLimiterMemory({ keyPrefix: name, points, duration: windowSeconds }),
      ],
    ),
  );
  const limiterOf = (name: Name): RateLimiterMemory => {
    const limiter = limiters.get(name);
    if (!limiter) throw new Error(`no limit is called ${name}`);
    return limiter;
  };
  return {
    consume: (name, key) =>
      ResultAsync.fromPromise(limiterOf(name).consume(key), (refused): Busy => {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return {
          kind: 'rate_limited',
          retryAfterSeconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1_000)),
        };
      }).andThen(() => okAsync(undefined)),
    forgive: (name, key) => ResultAsync.fromSafePromise(limiterOf(name).delete(key)).map(() => undefined),
  };
};
