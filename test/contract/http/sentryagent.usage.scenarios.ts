import { errAsync } from 'neverthrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contexts, ports } from '../../../src/composition/tokens.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { DAY, HOUR, instant, SECOND } from '../../../src/domain/shared/time.js';
import { NOW, rebind, type TestApp } from '../../support/app.js';
import { type Answer, type Client, clientOf, person } from '../../support/client.js';
import { makePlatformAdmin } from './fleet.rig.js';
import type { Open } from './rig.js';
import {
  CHECKOUT,
  granting,
  type Organizations,
  organizationsOf,
  signed,
  TOKEN,
  USAGE,
} from './sentryagent.rig.js';

/** What an organization is told that it used today, and what comes to be counted in it. */
export const sentryAgentUsageScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let organizations: Organizations;
  beforeAll(async () => {
    app = await open();
    call = clientOf(app);
    organizations = organizationsOf(call);
  });
  afterAll(async () => {
    for (const line of app.answered) answered.add(line);
    expect(app.complaints).toEqual([]);
    await app.close();
  });
  const usage = (token: string) => call(USAGE, { token });
  const codeOf = ({ status, body }: Answer) => [status, body.code];
  const flush = async () => (await app.container.get(contexts.accounts).flushCalls())._unsafeUnwrap();
  const register = (token: string, project_id: string, value: number, key: string) =>
    call('POST /v1/usage-events', {
      token,
      json: { events: [{ project_id, feature: 'agents_registered', value, key }] },
    });

  it('tells the organization of the claim what it used today, whatever the request names', async () => {
    const own = await organizations.organization();
    const other = await organizations.organization();
    await organizations.tokenOf(other.keys);
    const summary = {
      organizationId: own.id,
      date: '2026-01-15',
      tokensIssued: 1,
      agentsRegistered: 0,
      credentialsGenerated: 1,
      apiCallsTotal: 0,
    };
    const asked = await call(`${USAGE}?organization_id=${other.id}&organizationId=${other.id}`, {
      token: own.token,
      headers: { 'x-organization-id': other.id },
    });
    expect([asked.status, asked.body]).toEqual([200, summary]);
    expect((await usage(other.token)).body).toMatchObject({ organizationId: other.id, tokensIssued: 2 });
  });

  it('counts each token and each credential that came to be, once, and no attempt that failed', async () => {
    const { id, owner, keys, token } = await organizations.organization();
    for (const over of [{ client_secret: 'wrong' }, { scope: 'admin' }, { grant_type: 'password' }])
      expect((await call(TOKEN, granting(keys, over))).status).toBeGreaterThanOrEqual(400);
    const at = `POST /v1/projects/${id}/organization-clients`;
    const asked = { token: owner.token, json: { name: 'Once' }, headers: { 'idempotency-key': id } };
    const [made, again] = [await call(at, asked), await call(at, asked)];
    expect([made.status, again.body]).toEqual([201, made.body]);
    const stranger = await person(call);
    expect((await call(at, { ...asked, token: stranger.token })).status).toBe(404);
    await Promise.all([organizations.tokenOf(keys), organizations.tokenOf(keys)]);
    expect((await usage(token)).body).toMatchObject({ tokensIssued: 3, credentialsGenerated: 2 });
  });

  it('counts every call of an organization’s client that was let in, refused or not, within a second', async () => {
    const { id, owner, token } = await organizations.organization();
    const plain = await organizations.tokenOf(await organizations.client(id, owner, []));
    const bystander = await organizations.organization();
    const statuses = [
      (await usage(token)).status,
      (await usage(plain)).status,
      (await call(CHECKOUT, { token, json: { successUrl: 'nowhere' } })).status,
      (await call(CHECKOUT, { token, bytes: '{', headers: { 'content-type': 'application/json' } })).status,
      (await usage(`${token.slice(0, -4)}AAAA`)).status,
      (await call(USAGE, {})).status,
    ];
    expect(statuses).toEqual([200, 403, 400, 400, 401, 401]);
    await flush();
    expect((await usage(token)).body.apiCallsTotal).toBe(4);
    const records = async () =>
      (
        await app.container.get(contexts.entitlements).usageOf(id as AccountId, { size: 10 }, 'api_calls')
      )._unsafeUnwrap().items;
    expect((await records()).map(({ value }) => value)).toEqual([4n]);
    for (const _twice of [1, 2]) await flush();
    expect((await records()).map(({ value }) => value)).toEqual([1n, 4n]);
    expect((await usage(token)).body.apiCallsTotal).toBe(5);
    expect((await usage(bystander.token)).body.apiCallsTotal).toBe(0);
  });

  it('counts agents by usage events, each key once, and never shows less than none', async () => {
    const { id, owner, token } = await organizations.organization();
    for (const key of ['one', 'one', 'two'])
      expect((await register(owner.token, id, 2, key)).status).toBe(200);
    expect((await usage(token)).body.agentsRegistered).toBe(4);
    const admin = await person(call);
    await makePlatformAdmin(app, admin);
    expect((await register(admin.token, id, -5, 'taken back')).status).toBe(200);
    expect((await usage(token)).body.agentsRegistered).toBe(0);
  });

  it('begins anew at UTC midnight, and keeps in the day before what came before it', async () => {
    const there = await open();
    const client = clientOf(there);
    const { id, keys, owner } = await organizationsOf(client).organization();
    const midnight = instant(Math.ceil(NOW / DAY) * DAY);
    there.clock.advance(midnight - 1 - NOW);
    // Owners sign in for a while only, and so do clients.
    const { access_token: token } = (await client(TOKEN, granting(keys))).body;
    const today = async () => (await client(USAGE, { token })).body;
    expect(await today()).toMatchObject({ date: '2026-01-15', tokensIssued: 2, credentialsGenerated: 1 });
    there.clock.advance(1);
    expect(await today()).toEqual({
      organizationId: id,
      date: '2026-01-16',
      tokensIssued: 0,
      agentsRegistered: 0,
      credentialsGenerated: 0,
      apiCallsTotal: 0,
    });
    (await there.container.get(contexts.accounts).flushCalls())._unsafeUnwrap();
    expect((await today()).apiCallsTotal).toBe(1);
    there.clock.advance(-1);
    expect(await today()).toMatchObject({ date: '2026-01-15', tokensIssued: 2, apiCallsTotal: 1 });
    there.clock.advance(HOUR + SECOND);
    expect((await client(USAGE, { token })).status).toBe(401);
    expect(owner.token).toBeTruthy();
    for (const line of there.answered) answered.add(line);
    await there.close();
  });

  it('tells once when calls come to a share of a limit that an operator has set', async () => {
    const { id, token } = await organizations.organization();
    const actor = {
      actor: { kind: 'platform_admin' as const },
      at: NOW,
      address: '',
      requestId: 'a request',
    };
    const set = await app.container
      .get(contexts.entitlements)
      .setOverride(id as AccountId, 'api_calls', { usageLimit: 5n, window: 'day', reason: 'a trial' }, actor);
    expect(set.isOk()).toBe(true);
    const told = async () => {
      const rows = await app.everyRow();
      return ['entitlement.warned', 'entitlement.reached'].map((type) => rows.split(`"${type}"`).length - 1);
    };
    for (const expected of [
      [0, 0],
      [1, 0],
      [1, 1],
      [1, 1],
    ]) {
      for (let i = 0; i < 2; i += 1) expect((await usage(token)).status).toBe(200);
      await flush();
      expect(await told()).toEqual(expected);
    }
  });

  describe('is not told', () => {
    it('to a token of no organization, which counts for none', async () => {
      const { keys } = await organizations.organization();
      const refused = await usage(await signed(keys.id, {}));
      expect([...codeOf(refused), refused.body.message]).toEqual([
        403,
        'FORBIDDEN',
        'This needs a token of an organization.',
      ]);
    });

    it('to one without the scope, nor to one of another contract', async () => {
      const { id, keys, owner } = await organizations.organization();
      expect(codeOf(await usage(await signed(keys.id, { organization_id: id, scope: '' })))).toEqual([
        403,
        'FORBIDDEN',
      ]);
      expect(codeOf(await usage(owner.token))).toEqual([401, 'UNAUTHORIZED']);
    });

    it('while it cannot be read: 500 in the words of the contract', async () => {
      const there = await open({
        override: (container) =>
          rebind(container, ports.entitlementReaders, {
            ...container.get(ports.entitlementReaders),
            facts: () => errAsync({ kind: 'unavailable', dependency: 'postgres', cause: new Error('fault') }),
          }),
      });
      const { token } = await organizationsOf(clientOf(there)).organization();
      const refused = await clientOf(there)(USAGE, { token });
      expect(codeOf(refused)).toEqual([500, 'INTERNAL_SERVER_ERROR']);
      expect(refused.text).not.toContain('fault');
      for (const line of there.answered) answered.add(line);
      await there.close();
    });
  });
};
