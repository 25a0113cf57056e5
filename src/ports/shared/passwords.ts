import type { ResultAsync } from 'neverthrow';
import type { Busy } from './failure.js';

/** argon2id (RFC 9106); few at once, so a flood of logins is refused and never starves the process. */
export type Passwords = {
  readonly hash: (plain: string) => ResultAsync<string, Busy>;
  /** Also takes its time when `hash` is undefined, so that an unknown user answers no faster. */
  readonly verify: (hash: string | undefined, plain: string) => ResultAsync<boolean, Busy>;
};
