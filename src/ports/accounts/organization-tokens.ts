import type { ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import type { Instant } from '../../domain/shared/time.js';
import type { InvalidToken } from './access-tokens.js';

/** What a token of an organization's client says. */
export type OrganizationClaims = {
  /** As the outside knows it. */
  readonly clientId: string;
  /** A token may stand without it, and then for no organization. */
  readonly organizationId?: AccountId | undefined;
  /** Words, as they were signed. */
  readonly scopes: readonly string[];
};

/** Signed tokens (RFC 9068 in form) of the SentryAgent contract; a token of another contract does not verify. */
export type OrganizationTokens = {
  readonly issue: (
    claims: OrganizationClaims,
    token: { readonly id: string; readonly at: Instant; readonly expiresAt: Instant },
  ) => ResultAsync<string, never>;
  /** Signature, audience and expiry; whether the client still stands is the database’s word. */
  readonly verify: (token: string, at: Instant) => ResultAsync<OrganizationClaims, InvalidToken>;
};
