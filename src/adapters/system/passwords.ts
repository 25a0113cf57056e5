import { hash, verify } from '@node-rs/argon2';
import { err, ok, ResultAsync } from 'neverthrow';
import type { Busy } from '../../ports/shared/failure.js';
import type { Passwords } from '../../ports/shared/passwords.js';

// OWASP's minimum for argon2id, which is the library's algorithm unless told otherwise.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Of 32 random bytes that nobody kept, at the same cost: what an unknown user's password is held against. */
const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$3D2qZHKbpzZWAUqfMVOLvA$k+t834iV9fE1IJwizIrprSFzOvVOHiGXbrtMXkM/m00';

export type PasswordLimits = { readonly atOnce: number; readonly waiting: number };

/** At most `atOnce` tasks run and `waiting` wait, first come first served; the next one is refused. */
const bounded = ({ atOnce, waiting }: PasswordLimits) => {
  const queue: (() => void)[] = [];
  let running = 0;
  const turn = async (): Promise<void> => {
    if (running < atOnce) running += 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
  };
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  const full = (): boolean => running >= atOnce && queue.length >= waiting;
  return <T>(task: () => Promise<T>): ResultAsync<T, Busy> => {
    const refused: Busy = { kind: 'rate_limited', retryAfterSeconds: 1 };
    if (full()) return new ResultAsync(Promise.resolve(err(refused)));
    const run = async () => {
      await turn();
      try {
        return ok(await task());
      } finally {
        leave();
      }
    };
    return new ResultAsync(run());
  };
};

export const systemPasswords = (limits: PasswordLimits = { atOnce: 2, waiting: 16 }): Passwords => {
  const run = bounded(limits);
  return {
    hash: (plain) => run(() => hash(plain, COST)),
    verify: (stored, plain) =>
      run(() => verify(stored ?? NOBODY, plain)).map((matches) => matches && stored !== undefined),
  };
};
