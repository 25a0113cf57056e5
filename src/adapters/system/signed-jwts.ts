import type { webcrypto } from 'node:crypto';
import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { err, ok, okAsync, ResultAsync } from 'neverthrow';
import { type Instant, instant } from '../../domain/shared/time.js';
import type { InvalidToken } from '../../ports/accounts/access-tokens.js';
import type { KeyRing } from './key-ring.js';

const ALGORITHM = 'HS256';
const ISSUER = 'tollhouse';
const SECOND = 1_000;
/** Tokens remembered as good; a token is at most a few hundred bytes. */
const REMEMBERED = 10_000;

export type SignedClaims = JWTPayload & { readonly jti: string };
type Verified = { readonly claims: SignedClaims; readonly expiresAt: Instant };

type NewJwt = {
  /** The token's own id (jti). */
  readonly id: string;
  readonly subject: string;
  readonly at: Instant;
  readonly expiresAt: Instant;
  readonly claims?: Readonly<Record<string, string>>;
};
export type SignedJwts = {
  readonly sign: (token: NewJwt) => ResultAsync<string, never>;
  readonly verify: (token: string, at: Instant) => ResultAsync<SignedClaims, InvalidToken>;
};

/**
 * A signature that was good once is good for ever: it hangs on the token and the key alone. So it is
 * checked once, and from then on only the clock is asked. Whether what it names still stands is no part
 * of this; the database says so at every request.
 */
const remembering = (verify: (token: string, at: Instant) => ResultAsync<Verified, InvalidToken>) => {
  const known = new Map<string, Verified>();
  const remember = (token: string, verified: Verified): SignedClaims => {
    const [oldest] = known.size < REMEMBERED ? [] : known.keys();
    if (oldest !== undefined) known.delete(oldest);
    known.set(token, verified);
    return verified.claims;
  };
  return (token: string, at: Instant): ResultAsync<SignedClaims, InvalidToken> => {
    const verified = known.get(token);
    return verified && at < verified.expiresAt
      ? okAsync(verified.claims)
      : verify(token, at).andThen((good) => ok(remember(token, good)));
  };
};

/** Once per key: whoever is handed the bare bytes would import them anew for every token. */
const imported = (bytes: Buffer): Promise<webcrypto.CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']);

/** JWTs signed with a key derived for this audience alone: another contract's tokens do not even verify. */
export const signedJwts = (ring: KeyRing, audience: string): SignedJwts => {
  const keys = new Map(ring.all.map((key) => [key.id, imported(key.derive(`jwt ${audience}`))]));
  const first = keys.get(ring.first.id);
  if (first === undefined) throw new Error('a key ring holds its first key');
  const verify = (token: string, at: Instant): ResultAsync<Verified, InvalidToken> =>
    ResultAsync.fromThrowable(
      () =>
        jwtVerify(token, ({ kid }) => keys.get(kid ?? '') ?? first, {
          algorithms: [ALGORITHM],
          audience,
          issuer: ISSUER,
          currentDate: new Date(at),
          requiredClaims: ['exp', 'jti'],
        }),
      (): InvalidToken => ({ kind: 'invalid_token' }),
    )().andThen(({ payload: { jti, exp, ...claims } }) =>
      jti === undefined || exp === undefined
        ? err({ kind: 'invalid_token' as const })
        : ok({ claims: { ...claims, jti }, expiresAt: instant(exp * SECOND) }),
    );
  return {
    sign: ({ id, subject, at, expiresAt, claims }) =>
      ResultAsync.fromSafePromise(
        first.then((key) =>
          new SignJWT({ ...claims })
            .setProtectedHeader({ alg: ALGORITHM, kid: ring.first.id })
            .setIssuer(ISSUER)
            .setAudience(audience)
            .setSubject(subject)
            .setJti(id)
            .setIssuedAt(Math.floor(at / SECOND))
            .setExpirationTime(Math.floor(expiresAt / SECOND))
            .sign(key),
        ),
      ),
    verify: remembering(verify),
  };
};
