import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../src/domain/shared/time.js';
import type { TestApp } from '../../support/app.js';
import { type Client, clientOf } from '../../support/client.js';
import type { Open } from './rig.js';
import {
  asForm,
  CHECKOUT,
  type ClientKeys,
  granting,
  type Organizations,
  organizationsOf,
  TOKEN,
} from './sentryagent.rig.js';

const basic = (id: string, secret: string): string =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`;

/** How a client comes to a token, what the token says, and when it is over (RFC 6749 sections 4.4 and 5). */
export const sentryAgentTokenScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let organizations: Organizations;
  let here: Awaited<ReturnType<Organizations['organization']>>;
  beforeAll(async () => {
    app = await open();
    call = clientOf(app);
    organizations = organizationsOf(call);
    here = await organizations.organization();
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual([]);
    await app.close();
  });
  /** What a token opens: 500 is the processor's answer, past every guard. */
  const opens = async (token: string) => (await call(CHECKOUT, { token })).status;
  const byHeader = (authorization: string, fields: Record<string, string> = {}) => {
    const form = asForm({ grant_type: 'client_credentials', ...fields });
    return call(TOKEN, { ...form, headers: { ...form.headers, authorization } });
  };

  describe('a client', () => {
    it('gets a token for an hour, for its organization and its scopes', async () => {
      const issued = await call(TOKEN, granting(here.keys));
      expect(issued.status).toBe(200);
      const { access_token, ...rest } = issued.body;
      expect(rest).toEqual({ token_type: 'Bearer', expires_in: 3_600, scope: 'billing' });
      expect(issued.headers.get('cache-control')).toBe('no-store');
      expect(issued.headers.get('pragma')).toBe('no-cache');
      const claims = decodeJwt(access_token);
      expect(claims).toMatchObject({
        aud: 'sentryagent',
        client_id: here.keys.id,
        organization_id: here.id,
        scope: 'billing',
      });
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(3_600);
      expect(await opens(access_token)).not.toBe(401);
      app.clock.advance(HOUR);
      expect(await opens(access_token)).toBe(401);
      app.clock.advance(-HOUR);
    });

    it('may show its secret by HTTP Basic', async () => {
      const issued = await byHeader(basic(here.keys.id, here.keys.secret));
      expect([issued.status, issued.body.scope]).toEqual([200, 'billing']);
      const twice = await byHeader(basic(here.keys.id, here.keys.secret), { client_id: here.keys.id });
      expect(twice.status).toBe(200);
    });

    it('may ask for less than it was given, never for more', async () => {
      const plain = await organizations.client(here.id, here.owner, []);
      const issued = await call(TOKEN, granting(plain));
      expect([issued.status, 'scope' in issued.body]).toEqual([200, false]);
      for (const [keys, scope] of [
        [plain, 'billing'],
        [here.keys, 'billing admin'],
        [here.keys, 'admin'],
      ] as const) {
        const refused = await call(TOKEN, granting(keys, { scope }));
        expect([refused.status, refused.body.error]).toEqual([400, 'invalid_scope']);
      }
      expect((await call(TOKEN, granting(here.keys, { scope: 'billing' }))).body.scope).toBe('billing');
      expect((await call(TOKEN, granting(here.keys, { scope: '' }))).body.scope).toBe('billing');
    });

    it('is told in one answer that it is unknown, revoked or has the wrong secret', async () => {
      const gone = await organizations.client(here.id, here.owner, []);
      const revoked = await call(`DELETE /v1/projects/${here.id}/organization-clients/${gone.id}`, {
        token: here.owner.token,
      });
      expect(revoked.status).toBe(204);
      const wrong: ClientKeys[] = [
        gone,
        { ...here.keys, secret: `${here.keys.secret}x` },
        { ...here.keys, secret: here.keys.id },
        { id: 'sa_01890a5d-ac96-774b-bcce-b302099a8057', secret: here.keys.secret },
        { id: 'nobody', secret: 'nothing' },
        { id: '', secret: here.keys.secret },
        { id: here.keys.id, secret: '' },
      ];
      const answers = [
        ...(await Promise.all(wrong.map((keys) => call(TOKEN, granting(keys))))),
        await call(TOKEN, asForm({ grant_type: 'client_credentials' })),
        await byHeader(basic(here.keys.id, 'wrong')),
        await byHeader('Basic !'),
        await byHeader(`Basic ${Buffer.from('%:%').toString('base64')}`),
        await byHeader(`Bearer ${here.token}`),
      ];
      for (const { status, body, headers } of answers) {
        expect([status, body.error]).toEqual([401, 'invalid_client']);
        expect(headers.get('www-authenticate')).toMatch(/^Basic realm=/);
        expect(Object.keys(body)).toEqual(['error', 'error_description']);
      }
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    });

    it('is stopped from guessing, as at the login, and let in again later', async () => {
      const keys = await organizations.client(here.id, here.owner, []);
      const seen: number[] = [];
      for (let i = 0; i < 11; i += 1)
        seen.push((await call(TOKEN, granting({ ...keys, secret: 'wrong' }))).status);
      expect(seen).toEqual([...Array(10).fill(401), 429]);
      const busy = await call(TOKEN, granting(keys));
      expect([busy.status, busy.body.error]).toEqual([429, 'temporarily_unavailable']);
      app.clock.advance(16 * MINUTE);
      expect(await organizations.tokenOf(keys)).toBeTruthy();
      app.clock.advance(-16 * MINUTE);
    });
  });

  describe('a token request', () => {
    it('is refused by the name that OAuth has for what is wrong with it', async () => {
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const good = granting(here.keys).bytes;
      const cases: readonly (readonly [string, Record<string, string>, string])[] = [
        ['', form, 'invalid_request'],
        ['grant_type=', form, 'invalid_request'],
        [`${good}&grant_type=client_credentials`, form, 'invalid_request'],
        [`${good}&client_secret=another`, form, 'invalid_request'],
        [`${good}&scope=%00`, form, 'invalid_request'],
        ['%ff=\xff', form, 'invalid_request'],
        [good, { 'content-type': 'application/json' }, 'invalid_request'],
        [good, { ...form, authorization: basic(here.keys.id, here.keys.secret) }, 'invalid_request'],
        ['grant_type=password&username=a&password=b', form, 'unsupported_grant_type'],
        [good.replace('client_credentials', 'refresh_token'), form, 'unsupported_grant_type'],
      ];
      for (const [bytes, headers, error] of cases) {
        const answer = await call(TOKEN, { bytes, headers });
        expect([bytes, answer.status, answer.body.error]).toEqual([bytes, 400, error]);
        expect(answer.body.error_description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
      const other = await byHeader(basic(here.keys.id, here.keys.secret), { client_id: 'sa_another' });
      expect([other.status, other.body.error]).toEqual([400, 'invalid_request']);
      const large = await call(TOKEN, granting(here.keys, { scope: 'x'.repeat(1024 * 1024) }));
      expect([large.status, large.body.error]).toEqual([413, 'invalid_request']);
    });
  });

  describe('a token', () => {
    it('opens nothing from the next request on that comes after its client is revoked', async () => {
      const keys = await organizations.client(here.id, here.owner, ['billing']);
      const token = await organizations.tokenOf(keys);
      expect(await opens(token)).not.toBe(401);
      await call(`DELETE /v1/projects/${here.id}/organization-clients/${keys.id}`, {
        token: here.owner.token,
      });
      expect(await opens(token)).toBe(401);
      expect(await opens(here.token)).not.toBe(401);
    });

    it('ends with its organization', async () => {
      const other = await organizations.organization();
      expect(await opens(other.token)).not.toBe(401);
      const { token } = other.owner;
      expect((await call(`DELETE /v1/projects/${other.id}`, { token })).status).toBe(204);
      expect(await opens(other.token)).toBe(401);
      expect((await call(TOKEN, granting(other.keys))).status).toBe(401);
    });

    it('opens nothing of another contract, whose tokens and keys open nothing here', async () => {
      for (const at of ['GET /v1/me', `GET /v1/projects/${here.id}`, 'GET /v1/projects'])
        expect((await call(at, { token: here.token })).status).toBe(401);
      const key = await call('POST /v1/api-keys', {
        token: here.owner.token,
        json: { name: 'k', scopes: ['billing'] },
      });
      for (const token of [here.owner.token, key.body.key, here.keys.secret])
        expect(await opens(token)).toBe(401);
    });

    it('is documented with its client’s way to it, beside what is published', async () => {
      const { body } = await call('GET /docs/sentryagent.json');
      expect(Object.keys(body.paths).sort()).toEqual([
        '/api/v1/billing/checkout',
        '/api/v1/billing/usage',
        '/api/v1/billing/webhook',
        '/api/v1/token',
      ]);
      const { responses, requestBody } = body.paths['/api/v1/token'].post;
      expect(Object.keys(requestBody.content)).toEqual(['application/x-www-form-urlencoded']);
      expect(responses['401'].content['application/json'].schema.$ref).toMatch(/OAuthError$/);
    });
  });
};
