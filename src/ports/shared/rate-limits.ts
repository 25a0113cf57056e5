import type { ResultAsync } from 'neverthrow';
import type { Busy, Unavailable } from './failure.js';

/** `name` says which limit, `key` whose. Points come back over the limit's own window. */
export type RateLimits<Name extends string> = {
  readonly consume: (name: Name, key: string) => ResultAsync<void, Busy | Unavailable>;
  /** Forgets what the key has used: a login that succeeded. */
  readonly forgive: (name: Name, key: string) => ResultAsync<void, Unavailable>;
};
