import { okAsync } from 'neverthrow';
import type { Passwords } from '../../../ports/shared/passwords.js';

const MARK = 'plain:';

/** Hashes nothing and costs nothing: for tests, whose users have nothing to lose. */
export const plainPasswords: Passwords = {
  hash: (plain) => okAsync(MARK + plain),
  verify: (hash, plain) => okAsync(hash === MARK + plain),
};
