import { err, ok, type Result } from 'neverthrow';
import type { Brand } from '../shared/brand.js';
import type { UserId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';

/** Trimmed and lower-cased: the one spelling by which an address is found again. */
export type EmailAddress = Brand<string, 'EmailAddress'>;

export type User = {
  readonly id: UserId;
  readonly version: number;
  readonly email: EmailAddress;
  readonly emailVerifiedAt?: Instant | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly platformAdmin: boolean;
  /** May look at all workspaces, and change none. */
  readonly platformViewer?: boolean | undefined;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

export type InvalidEmail = { readonly kind: 'invalid_email'; readonly field: 'email' };

/** One @ with something on both sides, a dot in the domain, no spaces, at most 254 characters (RFC 5321). */
const ADDRESS = /^[^\s@]{1,64}@[^\s@.]+(\.[^\s@.]+)+$/;

export const emailAddress = (text: string): Result<EmailAddress, InvalidEmail> => {
  const address = text.trim().toLowerCase();
  return address.length <= 254 && ADDRESS.test(address)
    ? ok(address as EmailAddress)
    : err({ kind: 'invalid_email', field: 'email' });
};

/** NIST SP 800-63B: at least 8 characters of any kind; the upper bound keeps hashing cheap to refuse. */
export const PASSWORD_LENGTH = { min: 8, max: 256 } as const;

export const renameUser = (
  user: User,
  names: { readonly firstName?: string | undefined; readonly lastName?: string | undefined },
  at: Instant,
): User => ({
  ...user,
  firstName: names.firstName ?? user.firstName,
  lastName: names.lastName ?? user.lastName,
  updatedAt: at,
});
