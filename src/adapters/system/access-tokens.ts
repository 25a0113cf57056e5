import { jwtVerify, SignJWT } from 'jose';
import { err, ok, ResultAsync } from 'neverthrow';
import type { AccessTokens, InvalidToken } from '../../ports/accounts/access-tokens.js';
import type { KeyRing } from './key-ring.js';

const ALGORITHM = 'HS256';
const ISSUER = 'tollhouse';
const SECOND = 1_000;

/** JWTs signed with a key derived for this audience alone: another contract's tokens do not even verify. */
export const systemAccessTokens = (ring: KeyRing, audience: string): AccessTokens => {
  const keys = new Map(ring.all.map((key) => [key.id, new Uint8Array(key.derive(`jwt ${audience}`))]));
  const first = keys.get(ring.first.id);
  if (first === undefined) throw new Error('a key ring holds its first key');
  return {
    issue: ({ sessionId, subject, at, expiresAt }) =>
      ResultAsync.fromSafePromise(
        new SignJWT()
          .setProtectedHeader({ alg: ALGORITHM, kid: ring.first.id })
          .setIssuer(ISSUER)
          .setAudience(audience)
          .setSubject(subject)
          .setJti(sessionId)
          .setIssuedAt(Math.floor(at / SECOND))
          .setExpirationTime(Math.floor(expiresAt / SECOND))
          .sign(first),
      ),
    verify: (token, at) =>
      ResultAsync.fromThrowable(
        async () =>
          jwtVerify(token, ({ kid }) => keys.get(kid ?? '') ?? first, {
            algorithms: [ALGORITHM],
            audience,
            issuer: ISSUER,
            currentDate: new Date(at),
            requiredClaims: ['exp', 'jti'],
          }),
        (): InvalidToken => ({ kind: 'invalid_token' }),
      )().andThen(({ payload }) =>
        payload.jti === undefined ? err({ kind: 'invalid_token' as const }) : ok({ sessionId: payload.jti }),
      ),
  };
};
