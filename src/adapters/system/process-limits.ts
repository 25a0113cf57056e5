import { type Err, err, ok, ResultAsync } from 'neverthrow';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Busy } from '../../ports/shared/failure.js';
import type { RateLimits } from '../../ports/shared/rate-limits.js';

const granted = () => ok(undefined);

const refused = (refusal: unknown): Err<never, Busy> => {
  if (!(refusal instanceof RateLimiterRes)) throw refusal;
  return err({
    kind: 'rate_limited',
    retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1_000)),
  });
};

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
    // One step instead of `fromPromise` and `map`, each of which takes several: this stands before every request.
    consume: (name, key) => new ResultAsync(limiterOf(name).consume(key).then(granted, refused)),
    forgive: (name, key) => ResultAsync.fromSafePromise(limiterOf(name).delete(key)).map(() => undefined),
  };
};
