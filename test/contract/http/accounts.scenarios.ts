import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../../src/domain/shared/time.js';
import type { TestApp } from '../../support/app.js';
import {
  type Client,
  clientOf,
  codeFor,
  freshEmail,
  join,
  PASSWORD,
  person,
  signIn,
  type World,
} from '../../support/client.js';
import { type Open, onStage } from './rig.js';

/** Signing up and in, passwords, projects, members and keys, as their users see them. */
export const accountsScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });

  describe('signing up and in', () => {
    it('registers a user once, and tells nobody more than that the address is taken', async () => {
      const json = { email: '  Ada@Example.com ', password: PASSWORD, first_name: 'Ada', last_name: 'Byron' };
      const first = await call('POST /v1/auth/register', { json });
      expect(first.status).toBe(201);
      expect(first.body).toMatchObject({ email: 'ada@example.com', first_name: 'Ada', last_name: 'Byron' });
      expect(first.text).not.toMatch(/password/i);
      const again = await call('POST /v1/auth/register', { json: { ...json, password: 'another password' } });
      expect([again.status, again.body.error.code]).toEqual([409, 'email_taken']);
      expect(
        (await call('POST /v1/auth/login', { json: { email: json.email, password: PASSWORD } })).status,
      ).toBe(200);
    });

    it('gives one answer for an unknown address and a wrong password', async () => {
      const wrong = await call('POST /v1/auth/login', {
        json: { email: here.owner.email, password: 'wrong' },
      });
      const unknown = await call('POST /v1/auth/login', { json: { email: freshEmail(), password: 'wrong' } });
      expect([wrong.status, wrong.text]).toEqual([401, unknown.text]);
      const odd = await call('POST /v1/auth/login', { json: { email: 'not an address', password: 'wrong' } });
      expect(odd.text).toBe(wrong.text);
    });

    it('refuses an address that is none, by name', async () => {
      const answer = await call('POST /v1/auth/register', { json: { email: 'nobody', password: PASSWORD } });
      expect([answer.status, answer.body.error.details[0].field]).toEqual([400, 'email']);
    });

    it('stops guessing at one user from one place, and lets the right password in again later', async () => {
      const who = await person(call);
      const guess = () => call('POST /v1/auth/login', { json: { email: who.email, password: 'wrong' } });
      const seen: number[] = [];
      for (let i = 0; i < 11; i += 1) seen.push((await guess()).status);
      expect(seen).toEqual([...Array(10).fill(401), 429]);
      app.clock.advance(16 * 60 * 1_000);
      expect(await signIn(call, who.email)).toBeTruthy();
    });

    it('ends a session at logout and at its time', async () => {
      const who = await person(call);
      const later = await signIn(call, who.email);
      expect((await call('POST /v1/auth/logout', { token: who.token })).status).toBe(204);
      expect((await call('GET /v1/me', { token: who.token })).status).toBe(401);
      const me = await call('GET /v1/me', { token: later });
      expect([me.status, me.body.id]).toEqual([200, who.id]);
      app.clock.advance(12 * HOUR);
      expect((await call('GET /v1/me', { token: later })).status).toBe(401);
      app.clock.advance(-12 * HOUR);
    });

    it('confirms an address with the code of the letter, once, within a day', async () => {
      const who = await person(call);
      const token = await codeFor(app, who.email, /Confirm/);
      expect((await call('POST /v1/auth/verify-email', { json: { token } })).status).toBe(204);
      const again = await call('POST /v1/auth/verify-email', { json: { token } });
      expect([again.status, again.body.error.code]).toEqual([400, 'invalid_code']);
      const late = await person(call);
      const stale = await codeFor(app, late.email, /Confirm/);
      app.clock.advance(DAY);
      expect((await call('POST /v1/auth/verify-email', { json: { token: stale } })).status).toBe(400);
      app.clock.advance(-DAY);
    });

    it('resets a password with the newest code only, and ends every session', async () => {
      const who = await person(call);
      const ask = () => call('POST /v1/auth/request-reset', { json: { email: who.email } });
      expect((await ask()).status).toBe(202);
      const old = await codeFor(app, who.email, /Reset/);
      app.clock.advance(1_000);
      await ask();
      const token = await codeFor(app, who.email, /Reset/);
      const reset = (code: string) =>
        call('POST /v1/auth/reset', { json: { token: code, new_password: 'a new password' } });
      expect((await reset(old)).status).toBe(400);
      expect((await reset(token)).status).toBe(204);
      expect((await call('GET /v1/me', { token: who.token })).status).toBe(401);
      expect(await signIn(call, who.email, 'a new password')).toBeTruthy();
    });

    it('answers a reset for an unknown address as one for a known', async () => {
      const known = await call('POST /v1/auth/request-reset', { json: { email: here.owner.email } });
      const unknown = await call('POST /v1/auth/request-reset', { json: { email: freshEmail() } });
      expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
    });

    it('changes a password for who knows the current one, and ends the other sessions', async () => {
      const who = await person(call);
      const other = await signIn(call, who.email);
      const change = (current: string) =>
        call('POST /v1/auth/change-password', {
          token: who.token,
          json: { current_password: current, new_password: 'a newer password' },
        });
      const refused = await change('wrong');
      expect([refused.status, refused.body.error.details[0].field]).toEqual([400, 'current_password']);
      expect((await change(PASSWORD)).status).toBe(204);
      expect((await call('GET /v1/me', { token: other })).status).toBe(401);
      expect((await call('GET /v1/me', { token: who.token })).status).toBe(200);
      expect(await signIn(call, who.email, 'a newer password')).toBeTruthy();
    });

    it('takes registrations by invitation only, or none, where it is told so', async () => {
      const closed = await open({ environment: { REGISTRATION: 'closed' } });
      const json = { email: freshEmail(), password: PASSWORD };
      const refused = await clientOf(closed)('POST /v1/auth/register', { json });
      expect([refused.status, refused.body.error.code]).toEqual([403, 'registration_closed']);
      for (const line of closed.answered) answered.add(line);
      await closed.close();
      const invited = { ...json, invitation_token: 'no such token' };
      const unknown = await call('POST /v1/auth/register', { json: invited });
      expect([unknown.status, unknown.body.error.code]).toEqual([400, 'invalid_invitation']);
      expect((await call('POST /v1/auth/login', { json })).status).toBe(401);
    });

    it('registers and joins in one step with an invitation’s token', async () => {
      const email = freshEmail();
      const json = { email, role: 'member' };
      await call(`POST /v1/projects/${here.projectId}/memberships`, { token: here.owner.token, json });
      const token = await codeFor(app, email, /invited/);
      const other = freshEmail();
      const body = { email: other, password: PASSWORD, invitation_token: token };
      expect((await call('POST /v1/auth/register', { json: body })).status).toBe(201);
      const seen = await call(`GET /v1/projects/${here.projectId}`, { token: await signIn(call, other) });
      expect(seen.status).toBe(200);
    });
  });

  describe('users', () => {
    it('shows and renames oneself, and nobody else', async () => {
      const { owner, stranger } = here;
      const json = { first_name: 'New', last_name: 'Name' };
      const renamed = await call(`PATCH /v1/users/${owner.id}`, { token: owner.token, json });
      expect([renamed.status, renamed.body]).toMatchObject([200, json]);
      const seen = await call(`GET /v1/users/${owner.id}`, { token: owner.token });
      expect(seen.body).toEqual(renamed.body);
      expect((await call(`GET /v1/users/${owner.id}`, { token: stranger.token })).status).toBe(404);
      expect((await call(`PATCH /v1/users/${owner.id}`, { token: stranger.token, json })).status).toBe(404);
    });

    it('lists one’s own memberships with their projects', async () => {
      const { owner, projectId } = here;
      const { status, body } = await call(`GET /v1/users/${owner.id}/project-memberships`, {
        token: owner.token,
      });
      expect(status).toBe(200);
      const mine = body.items.find((item: { project_id: string }) => item.project_id === projectId);
      expect(mine).toMatchObject({
        role: 'owner',
        status: 'accepted',
        user_id: owner.id,
        project: { id: projectId },
      });
    });
  });

  describe('projects', () => {
    it('creates, renames, lists by page and deletes', async () => {
      const { token } = await person(call);
      const made: string[] = [];
      for (const name of ['one', 'two', 'three'])
        made.push((await call('POST /v1/projects', { token, json: { name } })).body.id);
      const renamed = await call(`PATCH /v1/projects/${made[0]}`, { token, json: { name: ' uno ' } });
      expect([renamed.status, renamed.body.name]).toEqual([200, 'uno']);
      const nothing = await call(`PATCH /v1/projects/${made[0]}`, { token, json: {} });
      expect(nothing.body).toEqual(renamed.body);
      const first = await call('GET /v1/projects?page_size=2', { token });
      const second = await call(`GET /v1/projects?page_size=2&page_token=${first.body.next_page_token}`, {
        token,
      });
      const items = [...first.body.items, ...second.body.items];
      expect(items.map(({ id }) => id)).toEqual(made);
      expect(items.map(({ name }) => name)).toEqual(['uno', 'two', 'three']);
      expect(first.body.items).toHaveLength(2);
      expect(second.body.next_page_token).toBeUndefined();
      expect((await call(`DELETE /v1/projects/${made[1]}`, { token })).status).toBe(204);
      expect((await call(`GET /v1/projects/${made[1]}`, { token })).status).toBe(404);
    });

    it('refuses a page token that was changed, or of another list, or of another user', async () => {
      const { token } = await person(call);
      for (const name of ['one', 'two']) await call('POST /v1/projects', { token, json: { name } });
      const page = await call('GET /v1/projects?page_size=1', { token });
      const good: string = page.body.next_page_token;
      const changed = good.slice(0, -1) + (good.endsWith('A') ? 'B' : 'A');
      for (const [who, list, bad] of [
        [token, 'projects', changed],
        [token, 'projects', ''],
        [token, 'api-keys', good],
        [here.stranger.token, 'projects', good],
      ]) {
        const answer = await call(`GET /v1/${list}?page_token=${encodeURIComponent(bad ?? '')}`, {
          token: who,
        });
        expect([answer.status, answer.body.error.code]).toEqual([400, 'invalid_page_token']);
      }
    });

    it('is deleted by an owner only, and only when empty', async () => {
      const { owner, admin, projectId } = here;
      expect((await call(`DELETE /v1/projects/${projectId}`, { token: admin.token })).status).toBe(403);
      const full = await call(`DELETE /v1/projects/${projectId}`, { token: owner.token });
      expect([full.status, full.body.error.code]).toEqual([409, 'project_not_empty']);
    });
  });

  describe('members', () => {
    const members = async () =>
      (await call(`GET /v1/projects/${here.projectId}/memberships`, { token: here.owner.token })).body
        .items as {
        id: string;
        user_id?: string;
        role: string;
        status: string;
      }[];
    const membershipOf = async (userId: string) =>
      (await members()).find(({ user_id }) => user_id === userId)?.id;
    const path = async (userId: string) =>
      `/v1/projects/${here.projectId}/memberships/${await membershipOf(userId)}`;

    it('shows all members to each of them', async () => {
      const { owner, admin, member, projectId } = here;
      const answer = await call(`GET /v1/projects/${projectId}/memberships`, { token: member.token });
      const ids = answer.body.items.map((item: { user_id: string }) => item.user_id);
      expect(ids).toEqual(expect.arrayContaining([owner.id, admin.id, member.id]));
    });

    it('lets admins invite members, and only owners invite admins', async () => {
      const at = `POST /v1/projects/${here.projectId}/memberships`;
      const asked = { token: here.admin.token, json: { email: freshEmail(), role: 'admin' } };
      expect((await call(at, asked)).status).toBe(403);
      const email = freshEmail();
      const invited = await call(at, { token: here.admin.token, json: { email, role: 'member' } });
      expect(invited.body).toMatchObject({ status: 'invited', invited_email: email, role: 'member' });
      const twice = await call(at, { token: here.admin.token, json: { email, role: 'member' } });
      expect([twice.status, twice.body.error.code]).toEqual([409, 'already_member']);
      const inside = await call(at, {
        token: here.owner.token,
        json: { email: here.member.email, role: 'member' },
      });
      expect(inside.status).toBe(409);
      const odd = await call(at, { token: here.owner.token, json: { email: 'nobody', role: 'member' } });
      expect([odd.status, odd.body.error.details[0].field]).toEqual([400, 'email']);
    });

    it('lets in whoever holds the token, once, and never a matching address', async () => {
      const email = freshEmail();
      const json = { email, role: 'member' };
      await call(`POST /v1/projects/${here.projectId}/memberships`, { token: here.owner.token, json });
      const token = await codeFor(app, email, /invited/);
      const namesake = await person(call, email);
      expect((await call(`GET /v1/projects/${here.projectId}`, { token: namesake.token })).status).toBe(404);
      const guest = await person(call);
      const joined = await call('POST /v1/invitations:accept', { token: guest.token, json: { token } });
      expect([joined.status, joined.body.user_id]).toEqual([200, guest.id]);
      const again = await call('POST /v1/invitations:accept', { token: namesake.token, json: { token } });
      expect([again.status, again.body.error.code]).toEqual([400, 'invalid_invitation']);
    });

    it('refuses an invitation that is late, denied, withdrawn, or for somebody who is in already', async () => {
      const invite = async () => {
        const email = freshEmail();
        const at = `POST /v1/projects/${here.projectId}/memberships`;
        const made = await call(at, { token: here.owner.token, json: { email, role: 'member' } });
        return { id: made.body.id as string, token: await codeFor(app, email, /invited/) };
      };
      const accept = (who: string, token: string) =>
        call('POST /v1/invitations:accept', { token: who, json: { token } });
      const guest = await person(call);
      const late = await invite();
      app.clock.advance(7 * DAY);
      const fresh = await signIn(call, guest.email);
      expect((await accept(fresh, late.token)).status).toBe(400);
      app.clock.advance(-7 * DAY);
      const denied = await invite();
      const deny = () =>
        call('POST /v1/invitations:deny', { token: guest.token, json: { token: denied.token } });
      const refused = await deny();
      expect([refused.status, refused.body.status]).toEqual([200, 'denied']);
      expect((await deny()).status).toBe(400);
      const withdrawn = await invite();
      const gone = await call(`DELETE /v1/projects/${here.projectId}/memberships/${withdrawn.id}`, {
        token: here.admin.token,
      });
      expect(gone.status).toBe(204);
      expect((await accept(guest.token, withdrawn.token)).status).toBe(400);
      const second = await invite();
      expect((await accept(here.member.token, second.token)).status).toBe(409);
    });

    it('sends an invitation again, after which only the newer letter lets in', async () => {
      const email = freshEmail();
      const at = `/v1/projects/${here.projectId}/memberships`;
      const token = here.admin.token;
      const { id } = (await call(`POST ${at}`, { token, json: { email, role: 'member' } })).body;
      const old = await codeFor(app, email, /invited/);
      app.clock.advance(1_000);
      const again = await call(`POST ${at}/${id}:resend`, { token });
      expect([again.status, again.body.status, again.body.id]).toEqual([200, 'invited', id]);
      const accept = async (code: string) =>
        (await call('POST /v1/invitations:accept', { token: here.stranger.token, json: { token: code } }))
          .status;
      expect(await accept(old)).toBe(400);
      expect(await accept(await codeFor(app, email, /invited/))).toBe(200);
      const late = await call(`POST ${at}/${id}:resend`, { token });
      expect([late.status, late.body.error.code]).toEqual([409, 'not_invited']);
      expect((await call(`DELETE ${at}/${id}`, { token: here.owner.token })).status).toBe(204);
    });

    it('changes roles by owners only, and keeps one owner', async () => {
      const { owner, admin, member } = here;
      const json = { role: 'admin' };
      expect((await call(`PATCH ${await path(member.id)}`, { token: admin.token, json })).status).toBe(403);
      const changed = await call(`PATCH ${await path(member.id)}`, { token: owner.token, json });
      expect([changed.status, changed.body.role]).toEqual([200, 'admin']);
      await call(`PATCH ${await path(member.id)}`, { token: owner.token, json: { role: 'member' } });
      const last = await call(`PATCH ${await path(owner.id)}`, { token: owner.token, json });
      expect([last.status, last.body.error.code]).toEqual([409, 'last_owner']);
      const leaving = await call(`DELETE ${await path(owner.id)}`, { token: owner.token });
      expect([leaving.status, leaving.body.error.code]).toEqual([409, 'last_owner']);
    });

    it('lets a member leave, and removes nobody else for them', async () => {
      const guest = await join(app, call, here.projectId, here.owner, 'member');
      expect((await call(`DELETE ${await path(here.admin.id)}`, { token: guest.token })).status).toBe(403);
      expect((await call(`DELETE ${await path(guest.id)}`, { token: guest.token })).status).toBe(204);
      expect((await call(`GET /v1/projects/${here.projectId}`, { token: guest.token })).status).toBe(404);
    });
  });

  describe('API keys', () => {
    it('shows a key once, counts its use to the minute, and revokes it for the next request', async () => {
      const { token } = await person(call);
      const made = await call('POST /v1/api-keys', { token, json: { name: 'CI' } });
      expect(made.status).toBe(201);
      const { key, id, key_prefix: prefix } = made.body;
      expect(key.startsWith(prefix) && key.startsWith('th_')).toBe(true);
      expect((await call('GET /v1/projects', { token: key })).status).toBe(200);
      const [listed] = (await call('GET /v1/api-keys', { token })).body.items;
      expect(listed).toMatchObject({ id, name: 'CI', key_prefix: prefix });
      expect(listed.last_used_at).toBeTruthy();
      expect(JSON.stringify(listed)).not.toContain(key);
      expect((await call(`DELETE /v1/api-keys/${id}`, { token })).status).toBe(204);
      expect((await call('GET /v1/projects', { token: key })).status).toBe(401);
      expect((await call(`DELETE /v1/api-keys/${id}`, { token })).status).toBe(404);
    });

    it('confines a key to its project, its role and its time', async () => {
      const { owner, projectId, bucketId } = here;
      const other = (await call('POST /v1/projects', { token: owner.token, json: { name: 'Other' } })).body
        .id;
      const expires = new Date(app.clock.now() + HOUR).toISOString();
      const json = { name: 'narrow', project_id: projectId, role: 'member', expires_at: expires };
      const { key } = (await call('POST /v1/api-keys', { token: owner.token, json })).body;
      expect((await call(`GET /v1/projects/${projectId}`, { token: key })).status).toBe(200);
      expect((await call(`GET /v1/projects/${other}`, { token: key })).status).toBe(404);
      const patch = await call(`PATCH /v1/projects/${projectId}`, { token: key, json: { name: 'x' } });
      expect(patch.status).toBe(403);
      const seen = await call(`GET /v1/buckets/${bucketId}`, { token: key });
      expect([seen.status, seen.body.secret_access_key]).toEqual([200, undefined]);
      app.clock.advance(HOUR);
      expect((await call(`GET /v1/projects/${projectId}`, { token: key })).status).toBe(401);
      app.clock.advance(-HOUR);
    });

    it('makes no key with more rights than the key that asks', async () => {
      const { owner, projectId } = here;
      const json = { name: 'maker', project_id: projectId, role: 'member', scopes: ['keys'] };
      const { key } = (await call('POST /v1/api-keys', { token: owner.token, json })).body;
      for (const wider of [
        {},
        { project_id: projectId },
        { ...json, role: 'owner' },
        { ...json, scopes: ['keys', 'billing'] },
      ]) {
        const answer = await call('POST /v1/api-keys', { token: key, json: { ...wider, name: 'wider' } });
        expect([answer.status, answer.body.error.code]).toEqual([403, 'beyond_own_rights']);
      }
      expect((await call('POST /v1/api-keys', { token: key, json })).status).toBe(201);
    });

    it('refuses a project that is not one’s own, and a time gone by, naming the field', async () => {
      const { token } = here.stranger;
      for (const [field, json] of [
        ['project_id', { name: 'x', project_id: here.projectId }],
        ['project_id', { name: 'x', project_id: 'not-an-id' }],
        ['expires_at', { name: 'x', expires_at: new Date(app.clock.now()).toISOString() }],
      ] as const) {
        const answer = await call('POST /v1/api-keys', { token, json });
        expect([answer.status, answer.body.error.details[0].field]).toEqual([400, field]);
      }
    });
  });
};
