import { ok } from 'neverthrow';
import type { AccessTokens } from '../../ports/accounts/access-tokens.js';
import type { KeyRing } from './key-ring.js';
import { signedJwts } from './signed-jwts.js';

/** Tokens of sessions: a token is its session's for as long as that lasts, and has the session's id. */
export const systemAccessTokens = (ring: KeyRing, audience: string): AccessTokens => {
  const jwts = signedJwts(ring, audience);
  return {
    issue: ({ sessionId, ...token }) => jwts.sign({ ...token, id: sessionId }),
    verify: (token, at) => jwts.verify(token, at).andThen(({ jti }) => ok({ sessionId: jti })),
  };
};
