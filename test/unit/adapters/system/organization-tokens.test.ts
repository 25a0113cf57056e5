import { decodeJwt } from 'jose';
import { expect, it } from 'vitest';
import { systemAccessTokens } from '../../../../src/adapters/system/access-tokens.js';
import { keyRing } from '../../../../src/adapters/system/key-ring.js';
import { systemOrganizationTokens } from '../../../../src/adapters/system/organization-tokens.js';
import { signedJwts } from '../../../../src/adapters/system/signed-jwts.js';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { HOUR, instant, plus } from '../../../../src/domain/shared/time.js';
import type { OrganizationClaims } from '../../../../src/ports/accounts/organization-tokens.js';

const ring = keyRing(['a secret key of more than 32 characters'])._unsafeUnwrap();
const at = instant(Date.UTC(2026, 0, 1));
const life = { id: 't-1', at, expiresAt: plus(at, HOUR) };
const tokens = systemOrganizationTokens(ring);
const full: OrganizationClaims = {
  clientId: 'sa_1',
  organizationId: 'o-1' as AccountId,
  scopes: ['billing'],
};
const issue = async (claims = full): Promise<string> => (await tokens.issue(claims, life))._unsafeUnwrap();
const read = async (token: string, when = at) => (await tokens.verify(token, when)).unwrapOr(undefined);

it('gives back what it was issued with, until its time', async () => {
  const token = await issue();
  expect(await read(token)).toEqual(full);
  expect(await read(token, plus(at, HOUR - 1_000))).toEqual(full);
  expect(await read(token, plus(at, HOUR))).toBeUndefined();
  expect(decodeJwt(token)).toEqual({
    iss: 'tollhouse',
    aud: 'sentryagent',
    sub: 'sa_1',
    client_id: 'sa_1',
    organization_id: 'o-1',
    scope: 'billing',
    jti: 't-1',
    iat: at / 1_000,
    exp: (at + HOUR) / 1_000,
  });
});

it('may stand without an organization and without a scope', async () => {
  const bare = { clientId: 'sa_1', organizationId: undefined, scopes: [] };
  expect(await read(await issue(bare))).toEqual(bare);
});

it('is nothing without a client', async () => {
  const jwts = signedJwts(ring, 'sentryagent');
  const nobody = (await jwts.sign({ ...life, subject: 'sa_1' }))._unsafeUnwrap();
  expect(await read(nobody)).toBeUndefined();
});

it('opens nothing of another contract, and nothing of another contract opens it', async () => {
  const sessions = systemAccessTokens(ring, 'training-pipes');
  const session = await sessions.issue({ sessionId: 'sa_1', subject: 'sa_1', at, expiresAt: life.expiresAt });
  expect(await read(session._unsafeUnwrap())).toBeUndefined();
  expect((await sessions.verify(await issue(), at)).isErr()).toBe(true);
});
