import { expect } from 'vitest';
import { systemDigest } from '../../../src/adapters/system/digest.js';
import { freshEmail, PASSWORD, type Person, person, signIn } from '../../support/client.js';
import type { Outside, Process } from '../../support/crash.js';
import type { Operation } from './trial.js';

let keys = 0;
/** An Idempotency-Key that no request before had. */
export const newKey = (): { readonly 'idempotency-key': string } => {
  keys += 1;
  return { 'idempotency-key': `key-${keys}` };
};

export const projectOf = async ({ call }: Process, { token }: Person): Promise<string> => {
  const made = await call('POST /v1/projects', { token, json: { name: 'Project' } });
  expect(made.status).toBe(201);
  return made.body.id;
};

/**
 * The code in the letter to an address. A letter is promised at least once; sent again it has the Message-ID
 * of the first time, and one death makes it at most two.
 */
const codeIn = ({ letters }: Outside, to: string, subject: RegExp): string => {
  const sent = letters.filter((letter) => letter.to === to && subject.test(letter.subject));
  expect(new Set(sent.map(({ id }) => id)).size, `letters to ${to}`).toBe(1);
  expect(sent.length).toBeLessThanOrEqual(2);
  const code = sent[0]?.text.split('\n').find((line) => /^[A-Za-z0-9_-]{40,}$/.test(line));
  expect(code).toBeDefined();
  return code ?? '';
};

const invited = async (process: Process, outside: Outside) => {
  const owner = await person(process.call);
  const projectId = await projectOf(process, owner);
  const email = freshEmail();
  const json = { email, role: 'admin' };
  const invite = (headers = newKey()) => ({ token: owner.token, json, headers });
  const at = `POST /v1/projects/${projectId}/memberships`;
  const open = () => outside.rows('memberships', { accountId: projectId, status: 'invited' });
  return { owner, projectId, email, at, invite, open };
};

const register: Operation = {
  name: 'registering',
  least: 25,
  passing: [
    'accounts.run',
    'accounts tx.idempotency.claim',
    'accounts tx.users.add',
    'email.send',
    'jobs.complete',
    'random.token',
  ],
  prepare: async (_process, outside) => {
    const json = { email: freshEmail(), password: PASSWORD };
    const headers = newKey();
    const users = () => outside.rows('users', { email: json.email });
    return {
      send: ({ call }) => call('POST /v1/auth/register', { json, headers }),
      due: () => 201,
      done: async ({ call }, { body }) => {
        expect(await users()).toMatchObject([{ id: body.id }]);
        await signIn(call, json.email);
        const token = codeIn(outside, json.email, /Confirm/);
        expect((await call('POST /v1/auth/verify-email', { json: { token } })).status).toBe(204);
      },
    };
  },
};

const invite: Operation = {
  name: 'inviting',
  least: 25,
  passing: ['accounts tx.memberships.add', 'accounts tx.quota.take', 'email.send', 'sealer.seal'],
  prepare: async (process, outside) => {
    const { at, email, projectId, ...scene } = await invited(process, outside);
    const asked = scene.invite();
    return {
      send: ({ call }) => call(at, asked),
      due: () => 201,
      done: async (_process, { body }) => {
        expect(await scene.open()).toMatchObject([{ id: body.id, role: 'admin' }]);
        const hash = systemDigest.sha256(codeIn(outside, email, /invited/));
        expect(await outside.rows('one_time_tokens', { subjectId: body.id })).toMatchObject([{ hash }]);
        expect(await outside.rows('audit_log', { target: body.id })).toMatchObject([
          { action: 'membership.invite', accountId: projectId },
        ]);
      },
    };
  },
};

const accept: Operation = {
  name: 'accepting an invitation',
  least: 15,
  passing: [
    'accounts tx.oneTimeTokens.redeem',
    'accounts tx.accounts.lockLive',
    'accounts tx.memberships.save',
  ],
  prepare: async (process, outside) => {
    const { at, email, projectId, ...scene } = await invited(process, outside);
    const { id } = (await process.call(at, scene.invite())).body;
    await process.drain();
    const token = codeIn(outside, email, /invited/);
    const guest = await person(process.call);
    const asked = { token: guest.token, json: { token }, headers: newKey() };
    return {
      send: ({ call }) => call('POST /v1/invitations:accept', asked),
      due: () => 200,
      whole: async () => {
        const accepted = (await scene.open()).length === 0;
        const [used] = await outside.rows('one_time_tokens', { subjectId: id });
        expect(used?.['usedAt'] !== undefined).toBe(accepted);
      },
      done: async ({ call }, { body }) => {
        expect(body).toMatchObject({ id, user_id: guest.id, status: 'accepted', role: 'admin' });
        expect(await outside.rows('memberships', { accountId: projectId, userId: guest.id })).toHaveLength(1);
        expect(await outside.rows('audit_log', { target: id, action: 'membership.accept' })).toHaveLength(1);
        expect((await call(`GET /v1/projects/${projectId}`, { token: guest.token })).status).toBe(200);
      },
    };
  },
};

const deleteProject: Operation = {
  name: 'deleting a project',
  least: 12,
  passing: ['accounts.runExclusive', 'accounts tx.accounts.occupant', 'accounts tx.accounts.save'],
  prepare: async (process, outside) => {
    const owner = await person(process.call);
    const projectId = await projectOf(process, owner);
    const { token } = owner;
    const live = async () =>
      (await outside.rows('accounts', { id: projectId }))[0]?.['deletedAt'] === undefined;
    return {
      send: ({ call }) => call(`DELETE /v1/projects/${projectId}`, { token }),
      due: async () => ((await live()) ? 204 : 404),
      done: async ({ call }) => {
        expect(await live()).toBe(false);
        expect((await call(`GET /v1/projects/${projectId}`, { token })).status).toBe(404);
        expect((await call('GET /v1/projects', { token })).body.items).toEqual([]);
      },
    };
  },
};

export const accountOperations = [register, invite, accept, deleteProject];
