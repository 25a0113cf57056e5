import { createHash, randomBytes } from 'node:crypto';
import { errAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import { rebind, type TestApp } from '../../support/app.js';
import { type Client, clientOf, person, type World } from '../../support/client.js';
import { type Open, onStage } from './rig.js';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Buckets and objects, as their users see them. */
export const storageScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const objects = (query: string, bucket = here.bucketId) => `/v1/buckets/${bucket}/objects${query}`;

  describe('buckets', () => {
    const create = (json: unknown, token = here.owner.token) =>
      call(`POST /v1/projects/${here.projectId}/buckets`, { token, json });

    it('is active at once, and shows its secret to those who may hand it on', async () => {
      const made = await create({ name: 'with-secret', region: 'local' });
      expect(made.body).toMatchObject({
        name: 'with-secret',
        provider: 'managed',
        region: 'local',
        status: 'active',
      });
      const asAdmin = await call(`GET /v1/buckets/${made.body.id}`, { token: here.admin.token });
      expect(asAdmin.body.secret_access_key).toBe(made.body.secret_access_key);
      const asMember = await call(`GET /v1/buckets/${made.body.id}`, { token: here.member.token });
      expect([asMember.status, asMember.text.includes(made.body.secret_access_key)]).toEqual([200, false]);
      const list = await call(`GET /v1/projects/${here.projectId}/buckets`, { token: here.owner.token });
      expect(list.body.items.map(({ id }: { id: string }) => id)).toContain(made.body.id);
      expect(list.text).not.toContain(made.body.secret_access_key);
    });

    it('refuses names and regions that cannot be, naming the field', async () => {
      for (const name of [
        'ab',
        'Upper',
        'under_score',
        '-edge',
        'edge.',
        'a..b',
        '192.168.1.1',
        'xn--a',
        'x'.repeat(64),
      ]) {
        const answer = await create({ name, region: 'local' });
        expect([name, answer.status, answer.body.error.details[0].field]).toEqual([name, 400, 'name']);
      }
      const region = await create({ name: 'somewhere', region: 'moon-1' });
      expect([region.status, region.body.error.details[0].field]).toEqual([400, 'region']);
    });

    it('keeps names apart within a project and not beyond it', async () => {
      expect((await create({ name: 'twice', region: 'local' })).status).toBe(201);
      const again = await create({ name: 'twice', region: 'local' });
      expect([again.status, again.body.error.code]).toEqual([409, 'bucket_name_taken']);
      const other = await person(call);
      const { id } = (await call('POST /v1/projects', { token: other.token, json: { name: 'P' } })).body;
      const json = { name: 'twice', region: 'local' };
      expect((await call(`POST /v1/projects/${id}/buckets`, { token: other.token, json })).status).toBe(201);
    });

    it('is pending while the store does not answer, and active when the job has made it', async () => {
      const slow = await open({
        override: (container) => {
          const store = container.get(ports.objects);
          let calls = 0;
          rebind(container, ports.objects, {
            ...store,
            createBucket: (name) => {
              calls += 1;
              return calls === 1
                ? errAsync({ kind: 'unavailable', dependency: 'store', cause: 'first call' })
                : store.createBucket(name);
            },
          });
        },
      });
      const client = clientOf(slow);
      const { token } = await person(client);
      const { id } = (await client('POST /v1/projects', { token, json: { name: 'P' } })).body;
      const json = { name: 'slow', region: 'local' };
      const made = await client(`POST /v1/projects/${id}/buckets`, { token, json });
      expect([made.status, made.body.status]).toEqual([201, 'pending']);
      const early = await client(`PUT /v1/buckets/${made.body.id}/objects?key=k`, { token, bytes: 'x' });
      expect([early.status, early.body.error.code]).toEqual([409, 'bucket_not_active']);
      slow.clock.advance(31_000);
      await slow.drain();
      expect((await client(`GET /v1/buckets/${made.body.id}`, { token })).body.status).toBe('active');
      for (const line of slow.answered) answered.add(line);
      await slow.close();
    });

    it('deletes its objects and then itself, and frees its name and its place in the quota', async () => {
      const { id } = (await create({ name: 'short-lived', region: 'local' })).body;
      const { token } = here.owner;
      for (const key of ['a', 'b/c']) await call(`PUT ${objects(`?key=${key}`, id)}`, { token, bytes: key });
      expect((await call(`DELETE /v1/buckets/${id}`, { token })).status).toBe(204);
      expect((await call(`GET /v1/buckets/${id}`, { token })).body.status).toBe('deleting');
      expect((await call(`DELETE /v1/buckets/${id}`, { token })).status).toBe(204);
      for (const at of [
        `GET ${objects('', id)}`,
        `GET ${objects('/download?key=a', id)}`,
        `DELETE ${objects('?key=a', id)}`,
      ])
        expect([at, (await call(at, { token })).status]).toEqual([at, 409]);
      await app.drain();
      expect((await call(`GET /v1/buckets/${id}`, { token })).status).toBe(404);
      expect((await create({ name: 'short-lived', region: 'local' })).status).toBe(201);
    });

    it('stops at the project’s quota', async () => {
      const { token } = await person(call);
      const { id } = (await call('POST /v1/projects', { token, json: { name: 'Full' } })).body;
      const seen: number[] = [];
      for (let i = 0; i < 21; i += 1)
        seen.push(
          (
            await call(`POST /v1/projects/${id}/buckets`, {
              token,
              json: { name: `b-${i}`, region: 'local' },
            })
          ).status,
        );
      expect(seen).toEqual([...Array(20).fill(201), 403]);
      const list = await call(`GET /v1/projects/${id}/buckets?page_size=7`, { token });
      expect([list.body.items.length, typeof list.body.next_page_token]).toEqual([7, 'string']);
      const forged = await call(`GET /v1/projects/${id}/buckets?page_token=abc`, { token });
      expect(forged.status).toBe(400);
    });
  });

  describe('objects', () => {
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
      const json = { name: 'listing', region: 'local' };
      const { id } = (await call(`POST /v1/projects/${here.projectId}/buckets`, { token, json })).body;
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
        override: (container) =>
          rebind(container, ports.objects, {
            ...container.get(ports.objects),
            put: () => errAsync({ kind: 'store_full' }),
          }),
      });
      const client = clientOf(full);
      const who = await person(client);
      const { id } = (await client('POST /v1/projects', { token: who.token, json: { name: 'P' } })).body;
      const made = await client(`POST /v1/projects/${id}/buckets`, {
        token: who.token,
        json: { name: 'full', region: 'local' },
      });
      const refused = await client(`PUT /v1/buckets/${made.body.id}/objects?key=k`, {
        token: who.token,
        bytes: 'x',
      });
      expect([refused.status, refused.body.error.code]).toEqual([507, 'store_full']);
      for (const line of full.answered) answered.add(line);
      await full.close();
    });
  });
};
