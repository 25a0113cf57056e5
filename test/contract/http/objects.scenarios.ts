import { createHash, randomBytes } from 'node:crypto';
import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { TestApp } from '../../support/app.js';
import {
  type Client,
  clientOf,
  connected,
  connectionJson,
  person,
  type World,
} from '../../support/client.js';
import { changedStore, idIn, type Where } from './containers.js';
import { type Open, onStage } from './rig.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Objects, as their users see them: the same wherever they lie. */
export const objectsScenarios = (open: Open, answered: Set<string>, where: Where) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const objects = (query: string, id = idIn(where, here)) => `/v1/${where}/${id}/objects${query}`;

  /** One more container of the project's. */
  const another = async (
    name: string,
    on = app,
    client = call,
    projectId = here.projectId,
    token = here.owner.token,
  ) =>
    where === 'connections'
      ? connected(on, client, projectId, token, connectionJson(name))
      : String(
          (await client(`POST /v1/projects/${projectId}/buckets`, { token, json: { name, region: 'local' } }))
            .body.id,
        );
  /** A container on another server, with somebody to work in it. */
  const emptyOne = async (on: TestApp, client: Client) => {
    const { token } = await person(client);
    const { id } = (await client('POST /v1/projects', { token, json: { name: 'P' } })).body;
    return { token, id: await another('an-empty-one', on, client, id, token) };
  };

  describe(`objects of ${where}`, () => {
    it('comes back byte for byte under any key, as an attachment', async () => {
      const { token } = here.member;
      for (const key of [
        'plain.txt',
        'a b+c%20?#&.bin',
        'ä/ö/ü “quotes”.txt',
        'e\u0301',
        'é',
        'x//y',
        ' ',
        '"\r\n".html',
        '😀',
      ]) {
        const bytes = randomBytes(10_000);
        const query = `?key=${encodeURIComponent(key)}`;
        expect((await call(`PUT ${objects(query)}`, { token, bytes })).status).toBe(204);
        const response = await fetch(`${app.url}${objects(`/download${query}`)}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        expect(response.status).toBe(200);
        expect(sha256(new Uint8Array(await response.arrayBuffer()))).toBe(sha256(bytes));
        expect(response.headers.get('content-type')).toBe('application/octet-stream');
        expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
        expect(response.headers.get('content-security-policy')).toContain('sandbox');
        expect((await call(`DELETE ${objects(query)}`, { token })).status).toBe(204);
        expect((await call(`GET ${objects(`/download${query}`)}`, { token })).status).toBe(404);
      }
    });

    it('refuses keys that could name something else, naming the field', async () => {
      const { token } = here.member;
      for (const key of ['', '.', '..', 'a/../b', './a', 'a/.', 'x'.repeat(1025), 'é'.repeat(513)]) {
        const query = `?key=${encodeURIComponent(key)}`;
        for (const at of [
          `PUT ${objects(query)}`,
          `DELETE ${objects(query)}`,
          `GET ${objects(`/download${query}`)}`,
        ]) {
          const answer = await call(at, { token, ...(at.startsWith('PUT') && { bytes: 'x' }) });
          expect([at, answer.status, answer.body.error.details[0].field]).toEqual([at, 400, 'key']);
        }
      }
      const listing = await call(`GET ${objects('?prefix=a/../')}`, { token });
      expect([listing.status, listing.body.error.details[0].field]).toEqual([400, 'prefix']);
    });

    it('lists a folder at a time, page by page, with tokens of that folder only', async () => {
      const { token } = here.owner;
      const id = await another('listing');
      const keys = ['a.txt', 'd/1', 'd/2', 'd/e/3', 'z.txt'];
      for (const key of keys) await call(`PUT ${objects(`?key=${key}`, id)}`, { token, bytes: key });
      const top = await call(`GET ${objects('', id)}`, { token });
      expect(top.body).toMatchObject({ prefix: '', has_more: false });
      expect(top.body.items.map(({ key, type }: { key: string; type: string }) => [key, type])).toEqual([
        ['a.txt', 'file'],
        ['d/', 'folder'],
        ['z.txt', 'file'],
      ]);
      expect(top.body.items[0]).toMatchObject({ name: 'a.txt', size: 5 });
      const seen: string[] = [];
      let next = '';
      do {
        const page = await call(`GET ${objects(`?prefix=d/&max_keys=1${next}`, id)}`, { token });
        expect(page.body.has_more).toBe(page.body.next_continuation_token !== undefined);
        seen.push(...page.body.items.map(({ name }: { name: string }) => name));
        next = page.body.next_continuation_token
          ? `&continuation_token=${page.body.next_continuation_token}`
          : '';
      } while (next);
      expect(seen).toEqual(['1', '2', 'e']);
      const first = await call(`GET ${objects('?max_keys=1', id)}`, { token });
      expect([first.body.items.length, first.body.has_more]).toEqual([1, true]);
      const foreign = `continuation_token=${first.body.next_continuation_token}`;
      for (const query of [`?prefix=d/&${foreign}`, `?${foreign}x`])
        expect((await call(`GET ${objects(query, id)}`, { token })).status).toBe(400);
      expect((await call(`GET ${objects(`?${foreign}`)}`, { token })).status).toBe(400);
    });

    it('sends parts, validators, and nothing when the client’s copy is current', async () => {
      const { token } = here.member;
      const get = (headers: Record<string, string>) =>
        call(`GET ${objects('/download?key=a/file.txt')}`, { token, headers });
      const whole = await get({});
      const etag = whole.headers.get('etag') ?? '';
      expect([whole.status, whole.text, whole.headers.get('content-length')]).toEqual([200, 'hello', '5']);
      const part = await get({ range: 'bytes=1-3' });
      expect([part.status, part.text, part.headers.get('content-range')]).toEqual([
        206,
        'ell',
        'bytes 1-3/5',
      ]);
      expect((await get({ range: 'bytes=-2' })).text).toBe('lo');
      expect((await get({ range: 'bytes=0-0,2-3' })).text).toBe('hello');
      const beyond = await get({ range: 'bytes=5-' });
      expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */5']);
      expect((await get({ 'if-none-match': etag })).status).toBe(304);
      expect((await get({ 'if-none-match': '"other"' })).status).toBe(200);
      expect((await get({ 'if-match': '"other"' })).status).toBe(412);
      expect((await get({ range: 'bytes=1-3', 'if-range': '"other"' })).text).toBe('hello');
      expect((await get({ range: 'bytes=1-3', 'if-range': etag })).text).toBe('ell');
    });

    it('replaces only the version that was meant, and creates only what is not there', async () => {
      const { token } = here.member;
      const put = (headers: Record<string, string>, bytes = 'x') =>
        call(`PUT ${objects('?key=conditional')}`, { token, bytes, headers });
      expect((await put({ 'if-none-match': '*' })).status).toBe(204);
      expect((await put({ 'if-none-match': '*' })).status).toBe(412);
      expect((await put({ 'if-match': '"other"' })).status).toBe(412);
      const etag =
        (await call(`GET ${objects('/download?key=conditional')}`, { token })).headers.get('etag') ?? '';
      expect((await put({ 'if-match': etag }, 'y')).status).toBe(204);
      expect((await put({ 'if-match': etag }, 'z')).status).toBe(412);
      const odd = await put({ 'if-none-match': '"a"' });
      expect([odd.status, odd.body.error.details[0].field]).toEqual([400, 'if-none-match']);
    });

    it('refuses what is larger than an object may be, and a store that is full', async () => {
      const { token } = here.member;
      const big = new Uint8Array(1024 * 1024 + 1);
      const answer = await call(`PUT ${objects('?key=big')}`, { token, bytes: big });
      expect([answer.status, answer.body.error.code]).toEqual([413, 'object_too_large']);
      const chunked = new ReadableStream({
        start: (controller) => {
          controller.enqueue(big);
          controller.close();
        },
      });
      expect((await call(`PUT ${objects('?key=big')}`, { token, bytes: chunked })).status).toBe(413);
      expect((await call(`GET ${objects('/download?key=big')}`, { token })).status).toBe(404);
      const full = await open({
        override: changedStore(where, () => ({ put: () => errAsync({ kind: 'store_full' }) })),
      });
      const client = clientOf(full);
      const { token: theirs, id } = await emptyOne(full, client);
      const refused = await client(`PUT ${objects('?key=k', id)}`, { token: theirs, bytes: 'x' });
      expect([refused.status, refused.body.error.code]).toEqual([507, 'store_full']);
      for (const line of full.answered) answered.add(line);
      await full.close();
    });

    it('says that it is the store that refuses, when it does', async () => {
      const denied = () => errAsync({ kind: 'store_denied' as const, reason: 'AccessDenied' });
      const strict = await open({
        override: changedStore(where, () => ({
          put: denied,
          get: denied,
          head: denied,
          list: denied,
          deleteMany: denied,
        })),
      });
      const client = clientOf(strict);
      const { token, id } = await emptyOne(strict, client);
      for (const at of [
        `GET ${objects('', id)}`,
        `PUT ${objects('?key=k', id)}`,
        `GET ${objects('/download?key=k', id)}`,
        `GET ${objects('/download?key=k&recursive=true', id)}`,
        `DELETE ${objects('?key=k', id)}`,
        `DELETE ${objects('?key=k&recursive=true', id)}`,
      ]) {
        const answer = await client(at, { token, ...(at.startsWith('PUT') && { bytes: 'x' }) });
        expect([at, answer.status, answer.body.error.code]).toEqual([at, 403, 'store_denied']);
        expect(answer.body.error.message).toMatch(/store itself refuses .*AccessDenied/);
      }
      for (const line of strict.answered) answered.add(line);
      await strict.close();
    });

    it('says that it is the store that keeps a single object, and why', async () => {
      const keeping = await open({
        override: changedStore(where, () => ({
          deleteMany: (_bucket, keys) => okAsync(keys.map((key) => ({ key, reason: 'it is on hold' }))),
        })),
      });
      const client = clientOf(keeping);
      const { token, id } = await emptyOne(keeping, client);
      expect((await client(`PUT ${objects('?key=held', id)}`, { token, bytes: 'x' })).status).toBe(204);
      const answer = await client(`DELETE ${objects('?key=held', id)}`, { token });
      expect([answer.status, answer.body.error.code]).toEqual([403, 'store_denied']);
      expect(answer.body.error.message).toContain('it is on hold');
      expect((await client(`GET ${objects('/download?key=held', id)}`, { token })).text).toBe('x');
      await keeping.close();
    });
  });
};
