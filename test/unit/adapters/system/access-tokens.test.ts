import fc from 'fast-check';
import { decodeJwt, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { systemAccessTokens } from '../../../../src/adapters/system/access-tokens.js';
import { keyRing } from '../../../../src/adapters/system/key-ring.js';
import { HOUR, instant, plus } from '../../../../src/domain/shared/time.js';

const OLD = 'an old secret key of more than 32 characters';
const NEW = 'a new secret key of more than 32 characters!';
const ring = (...keys: string[]) => keyRing(keys)._unsafeUnwrap();
const at = instant(Date.UTC(2026, 0, 1));
const tokens = (...keys: string[]) => systemAccessTokens(ring(...keys), 'training-pipes');
const claims = { sessionId: 's-1', subject: 'u-1', at, expiresAt: plus(at, HOUR) };
const issue = async (from = tokens(OLD)): Promise<string> => (await from.issue(claims))._unsafeUnwrap();
const isGood = async (token: string, by = tokens(OLD), when = at) => (await by.verify(token, when)).isOk();

it('gives back the session it was issued for, until its time', async () => {
  const token = await issue();
  expect((await tokens(OLD).verify(token, at))._unsafeUnwrap()).toEqual({ sessionId: 's-1' });
  expect(await isGood(token, tokens(OLD), plus(at, HOUR - 1_000))).toBe(true);
  expect(await isGood(token, tokens(OLD), plus(at, HOUR))).toBe(false);
  expect(Object.keys(decodeJwt(token)).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'sub']);
});

it('looks at the clock also for a token it has seen before', async () => {
  const [ours, token] = [tokens(OLD), await issue()];
  for (const [when, good] of [
    [at, true],
    [plus(at, HOUR - 1_000), true],
    [plus(at, HOUR), false],
    [at, true],
  ] as const)
    expect(await isGood(token, ours, when)).toBe(good);
});

it('opens nothing of another contract', async () => {
  const elsewhere = systemAccessTokens(ring(OLD), 'sentryagent');
  expect(await isGood(await issue(elsewhere))).toBe(false);
  expect(await isGood(await issue(), elsewhere)).toBe(false);
});

it('survives a rotation of keys, and ends with the key that signed it', async () => {
  const token = await issue();
  expect(await isGood(token, tokens(NEW, OLD))).toBe(true);
  expect(await isGood(token, tokens(NEW))).toBe(false);
  expect(await isGood(await issue(tokens(NEW, OLD)), tokens(NEW))).toBe(true);
});

it('takes no token that was changed anywhere', async () => {
  const token = await issue();
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom('A', 'z', '_', '.'), async (i, char) => {
      const changed = token.slice(0, i) + char + token.slice(i + 1);
      // The last character of a base64url group carries spare bits: same bytes, same token.
      const same =
        changed
          .split('.')
          .map((part) => Buffer.from(part, 'base64url').toString('hex'))
          .join() ===
        token
          .split('.')
          .map((part) => Buffer.from(part, 'base64url').toString('hex'))
          .join();
      if (changed !== token && !same) expect(await isGood(changed)).toBe(false);
    }),
  );
});

it('takes no unsigned token, whatever it claims', async () => {
  const [, payload = ''] = (await issue()).split('.');
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  expect(await isGood(`${none}.${payload}.`)).toBe(false);
  const foreign = await new SignJWT({ jti: 's-1' })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience('training-pipes')
    .setIssuer('tollhouse')
    .setExpirationTime(Math.floor(at / 1_000) + 60)
    .sign(new TextEncoder().encode('a key that somebody else has made up'));
  expect(await isGood(foreign)).toBe(false);
});
