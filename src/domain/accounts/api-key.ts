import type { AccountId, UserId } from '../shared/ids.js';
import type { KeyScope, Role } from '../shared/principal.js';
import { type Instant, MINUTE } from '../shared/time.js';

/** An API key without its secret: that is shown once and kept as a digest. */
export type ApiKey = {
  readonly id: string;
  readonly userId: UserId;
  readonly name: string;
  /** The first characters of the key, enough to tell keys apart. */
  readonly prefix: string;
  /** Set: the key opens this account only. */
  readonly accountId?: AccountId | undefined;
  /** Set: the key never counts for more than this role. */
  readonly roleCap?: Role | undefined;
  readonly scopes: readonly KeyScope[];
  readonly createdAt: Instant;
  readonly expiresAt?: Instant | undefined;
  readonly lastUsedAt?: Instant | undefined;
};

export const KEY_START = 'th_';
export const keyPrefix = (key: string): string => key.slice(0, KEY_START.length + 6);

/** `last_used_at` is kept to the minute: a busy key does not turn each read into a write. */
const LAST_USED_GRAIN = MINUTE;
export const isUseWorthNoting = (lastUsedAt: Instant | undefined, at: Instant): boolean =>
  lastUsedAt === undefined || at - lastUsedAt >= LAST_USED_GRAIN;
