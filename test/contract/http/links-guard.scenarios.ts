import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TestApp } from '../../support/app.js';
import { type Client, connected, connectionJson, join, type World } from '../../support/client.js';
import { idIn, type Where } from './containers.js';
import { linksOf } from './links.rig.js';
import { type Open, onStage } from './rig.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** Presigned links in the hands of those they were not meant for. */
export const linksGuardScenarios = (open: Open, answered: Set<string>, where: Where) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const objects = (id = idIn(where, here)) => `/v1/${where}/${id}/objects`;
  const linkTo = (json: object, token = here.member.token, id = idIn(where, here)) =>
    linksOf(call).to(objects(id), json, token);
  const another = async (name: string) => {
    const { token } = here.owner;
    const id =
      where === 'connections'
        ? await connected(app, call, here.projectId, token, connectionJson(name))
        : (
            await call(`POST /v1/projects/${here.projectId}/buckets`, {
              token,
              json: { name, region: 'local' },
            })
          ).body.id;
    const answer = await call(`PUT ${objects(id)}?key=a/file.txt`, { token, bytes: `in ${name}` });
    expect(answer.status).toBe(204);
    return id as string;
  };
  const INVALID = { code: 'link_invalid', message: 'The link does not hold, or not any more.' };
  const dead = async (method: 'GET' | 'PUT', path: string) => {
    const answer = await call(`${method} ${path}`, method === 'PUT' ? { bytes: 'intruded' } : {});
    expect([answer.status, answer.body]).toEqual([403, { error: INVALID }]);
  };
  const alive = async (path: string) => expect((await call(`GET ${path}`)).status).toBe(200);

  describe(`links into ${where} of others`, () => {
    it('do not hold with any one character changed, left out or added', async () => {
      const { path } = await linkTo({ method: 'GET', key: 'a/file.txt' });
      const start = '/v1/links/'.length;
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: start, max: path.length - 1 }),
          fc.constantFrom(...ALPHABET),
          async (where_, letter) => {
            const [before, after] = [path.slice(0, where_), path.slice(where_ + 1)];
            if (letter !== path[where_]) await dead('GET', before + letter + after);
            await dead('GET', before + after);
            await dead('GET', before + letter + path.slice(where_));
          },
        ),
        { numRuns: 40 },
      );
      await dead('GET', '/v1/links/x');
      await alive(path);
    });

    it('do what they were made for and nothing else', async () => {
      const get = await linkTo({ method: 'GET', key: 'a/file.txt' });
      const put = await linkTo({ method: 'PUT', key: 'a/file.txt' });
      await dead('PUT', get.path);
      await dead('GET', put.path);
      expect((await call(`DELETE ${get.path}`)).status).toBe(405);
      const elsewhere = await another('elsewhere');
      const there = await linkTo({ method: 'GET', key: 'a/file.txt' }, here.member.token, elsewhere);
      expect((await call(`GET ${there.path}?key=b&bucket_id=x`)).text).toBe('in elsewhere');
      expect((await call(`GET ${get.path}?key=other&recursive=true`)).text).toBe('hello');
      const asStranger = { token: here.stranger.token };
      expect((await call(`GET ${get.path}`, asStranger)).text).toBe('hello');
    });

    it('all end when an admin revokes those of their container, which others are not', async () => {
      const elsewhere = await another('untouched');
      const beside = await linkTo({ method: 'GET', key: 'a/file.txt' }, here.member.token, elsewhere);
      const get = await linkTo({ method: 'GET', key: 'a/file.txt' });
      const put = await linkTo({ method: 'PUT', key: 'put' }, here.owner.token);
      const revoke = (token: string) => call(`POST ${objects()}:revoke-links`, { token });
      expect((await revoke(here.member.token)).status).toBe(403);
      await alive(get.path);
      expect((await revoke(here.admin.token)).status).toBe(204);
      await dead('GET', get.path);
      await dead('PUT', put.path);
      await alive(beside.path);
      await alive((await linkTo({ method: 'GET', key: 'a/file.txt' })).path);
      expect((await revoke(here.owner.token)).status).toBe(204);
    });

    it('end with the membership or the API key of who made them', async () => {
      const leaver = await join(app, call, here.projectId, here.owner, 'member');
      const theirs = await linkTo({ method: 'GET', key: 'a/file.txt' }, leaver.token);
      const { token } = here.owner;
      const made = await call('POST /v1/api-keys', { token, json: { name: 'for links' } });
      const byKey = await linkTo({ method: 'GET', key: 'a/file.txt' }, made.body.key);
      await alive(theirs.path);
      await alive(byKey.path);
      const memberships = `/v1/projects/${here.projectId}/memberships`;
      const { items } = (await call(`GET ${memberships}`, { token })).body;
      const { id } = items.find(({ user_id }: { user_id: string }) => user_id === leaver.id);
      expect((await call(`DELETE ${memberships}/${id}`, { token })).status).toBe(204);
      expect((await call(`DELETE /v1/api-keys/${made.body.id}`, { token })).status).toBe(204);
      await dead('GET', theirs.path);
      await dead('GET', byKey.path);
    });

    it('end with their container, and none is made for one that is going', async () => {
      const id = await another('going');
      const { token } = here.owner;
      const get = await linkTo({ method: 'GET', key: 'a/file.txt' }, token, id);
      const put = await linkTo({ method: 'PUT', key: 'late' }, token, id);
      expect((await call(`DELETE /v1/${where}/${id}`, { token })).status).toBe(204);
      await dead('GET', get.path);
      await dead('PUT', put.path);
      const json = { method: 'GET', key: 'a/file.txt' };
      const late = await call(`POST ${objects(id)}:presign`, { token, json });
      expect(late.status).toBe(where === 'buckets' ? 409 : 404);
      await app.drain();
      await dead('GET', get.path);
    });

    it('leave a word in the audit of who made and who revoked them, and none in the log', async () => {
      const key = `a/very telling ${where} name`;
      const { path } = await linkTo({ method: 'PUT', key });
      expect((await call(`PUT ${path}`, { bytes: 'x' })).status).toBe(204);
      await call(`POST ${objects()}:revoke-links`, { token: here.owner.token });
      const rows = await app.everyRow();
      for (const word of ['link.presign', 'link.revoke']) expect(rows).toContain(word);
      const token = path.slice('/v1/links/'.length);
      for (const said of [rows, JSON.stringify(app.said)]) {
        expect(said).not.toContain(token);
        expect(said).not.toContain('very telling');
      }
    });
  });
};
