import type { ResultAsync } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';

export type InvalidToken = { readonly kind: 'invalid_token' };

/** Signed tokens (JWT, RFC 7519) of one audience; a token of another contract does not verify. */
export type AccessTokens = {
  readonly issue: (claims: {
    readonly sessionId: string;
    readonly subject: string;
    readonly at: Instant;
    readonly expiresAt: Instant;
  }) => ResultAsync<string, never>;
  /** Signature, audience and expiry; whether the session still stands is the database's word. */
  readonly verify: (token: string, at: Instant) => ResultAsync<{ readonly sessionId: string }, InvalidToken>;
};
