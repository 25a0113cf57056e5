import { describe, expect, it } from 'vitest';
import { DAY } from '../../../src/domain/shared/time.js';
import type { TestApp } from '../../support/app.js';
import {
  type Client,
  codeFor,
  connectionJson,
  freshEmail,
  PASSWORD,
  person,
  type World,
} from '../../support/client.js';
import { type Open, onStage } from './rig.js';

/** One Idempotency-Key, one effect. */
export const idempotencyScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  let keys = 0;
  const newKey = (): string => {
    keys += 1;
    return `key-${keys}`;
  };
  const creating: readonly [string, () => string, () => Record<string, unknown>, string][] = [
    [
      'register',
      () => 'POST /v1/auth/register',
      () => ({ email: freshEmail(), password: PASSWORD }),
      'first_name',
    ],
    ['createProject', () => 'POST /v1/projects', () => ({ name: 'P' }), 'name'],
    ['createApiKey', () => 'POST /v1/api-keys', () => ({ name: 'K' }), 'name'],
    [
      'createOrganizationClient',
      () => `POST /v1/projects/${here.projectId}/organization-clients`,
      () => ({ name: 'C' }),
      'name',
    ],
    [
      'createBucket',
      () => `POST /v1/projects/${here.projectId}/buckets`,
      () => ({ name: `bucket-${newKey()}`, region: 'local' }),
      'name',
    ],
    [
      'createConnection',
      () => `POST /v1/projects/${here.projectId}/connections`,
      () => ({ ...connectionJson('their-bucket') }),
      'access_key_id',
    ],
    [
      'inviteMember',
      () => `POST /v1/projects/${here.projectId}/memberships`,
      () => ({ email: freshEmail(), role: 'member' }),
      'email',
    ],
  ];

  describe.each(creating)('%s', (_name, at, body, field) => {
    const send = (key: string, json: unknown) =>
      call(at(), { token: here.owner.token, json, headers: { 'idempotency-key': key } });

    it('shows the first answer again, secrets included, and makes nothing twice', async () => {
      const key = newKey();
      const json = body();
      const first = await send(key, json);
      const again = await send(key, json);
      expect([first.status, again.status]).toEqual([201, 201]);
      expect(again.body).toEqual(first.body);
    });

    it('refuses the key with another body', async () => {
      const key = newKey();
      const json = body();
      await send(key, json);
      const other = await send(key, {
        ...json,
        [field]: field === 'email' ? freshEmail() : 'something-else',
      });
      expect([other.status, other.body.error.code]).toEqual([422, 'idempotency_key_reused']);
    });

    it('makes one thing of two requests at the same moment', async () => {
      const key = newKey();
      const json = body();
      const answers = await Promise.all([send(key, json), send(key, json), send(key, json)]);
      const made = answers.filter(({ status }) => status === 201);
      expect(new Set(made.map(({ body: { id, client_id } }) => id ?? client_id)).size).toBe(1);
      for (const { status, headers } of answers.filter((answer) => answer.status !== 201))
        expect([status, headers.get('retry-after')]).toEqual([409, '1']);
    });
  });

  it('shows a member again how they came in, and lets the key take no other invitation', async () => {
    const invited = async () => {
      const email = freshEmail();
      const json = { email, role: 'member' };
      await call(`POST /v1/projects/${here.projectId}/memberships`, { token: here.owner.token, json });
      return codeFor(app, email, /invited/);
    };
    const guest = await person(call);
    const headers = { 'idempotency-key': newKey() };
    const accept = (token: string, by = headers) =>
      call('POST /v1/invitations:accept', { token: guest.token, json: { token }, headers: by });
    const token = await invited();
    const first = await accept(token);
    const again = await accept(token);
    expect([first.status, again.status, again.body]).toEqual([200, 200, first.body]);
    const other = await accept(await invited());
    expect([other.status, other.body.error.code]).toEqual([422, 'idempotency_key_reused']);
    expect((await accept(token, { 'idempotency-key': newKey() })).status).toBe(400);
    await call(`DELETE /v1/projects/${here.projectId}/memberships/${first.body.id}`, {
      token: here.owner.token,
    });
    expect((await accept(token)).status).toBe(400);
  });

  it('keeps a key for a day', async () => {
    const key = newKey();
    const send = () =>
      call('POST /v1/projects', {
        token: here.key,
        json: { name: 'P' },
        headers: { 'idempotency-key': key },
      });
    const first = await send();
    app.clock.advance(DAY - 1);
    expect((await send()).body.id).toBe(first.body.id);
    app.clock.advance(1);
    expect((await send()).body.id).not.toBe(first.body.id);
    app.clock.advance(-DAY);
  });

  it('keeps one caller’s keys apart from another’s', async () => {
    const key = newKey();
    const send = (token: string) =>
      call('POST /v1/projects', { token, json: { name: 'P' }, headers: { 'idempotency-key': key } });
    const [mine, theirs] = [await send(here.owner.token), await send(here.stranger.token)];
    expect([mine.status, theirs.status]).toEqual([201, 201]);
    expect(mine.body.id).not.toBe(theirs.body.id);
  });

  it('says 404 when what the first request made is gone', async () => {
    const headers = { 'idempotency-key': newKey() };
    const { token } = here.owner;
    const made = await call('POST /v1/projects', { token, json: { name: 'P' }, headers });
    await call(`DELETE /v1/projects/${made.body.id}`, { token });
    expect((await call('POST /v1/projects', { token, json: { name: 'P' }, headers })).status).toBe(404);
    const keyHeaders = { 'idempotency-key': newKey() };
    const key = await call('POST /v1/api-keys', { token, json: { name: 'K' }, headers: keyHeaders });
    await call(`DELETE /v1/api-keys/${key.body.id}`, { token });
    expect(
      (await call('POST /v1/api-keys', { token, json: { name: 'K' }, headers: keyHeaders })).status,
    ).toBe(404);
  });
};
