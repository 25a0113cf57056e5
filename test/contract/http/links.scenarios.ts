import { errAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { systemChecksums } from '../../../src/adapters/system/checksums.js';
import { ports } from '../../../src/composition/tokens.js';
import type { ObjectKey } from '../../../src/domain/storage/object-key.js';
import type { TestApp } from '../../support/app.js';
import { type Call, type Client, clientOf, type World, world } from '../../support/client.js';
import { changedStore, idIn, type Where } from './containers.js';
import { linksOf } from './links.rig.js';
import { type Open, onStage } from './rig.js';

/** Presigned links, as those see them who make them and those who are given them. */
export const linksScenarios = (open: Open, answered: Set<string>, where: Where) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const at = (rest: string) => `/v1/${where}/${idIn(where, here)}/objects${rest}`;
  const presign = (json: object, token = here.member.token) =>
    call(`POST ${at(':presign')}`, { token, json });
  const linkTo = (json: object, token = here.member.token) => linksOf(call).to(at(''), json, token);
  const put = (path: string, asked: Call) => call(`PUT ${path}`, asked);
  const contentOf = async (key: string) => {
    const query = `?key=${encodeURIComponent(key)}`;
    const { status, text } = await call(`GET ${at(`/download${query}`)}`, { token: here.member.token });
    return status === 200 ? text : status;
  };
  const invalid = async (asked: Promise<{ status: number; text: string }>) => {
    const { status, text } = await asked;
    expect([status, JSON.parse(text).error.code]).toEqual([403, 'link_invalid']);
    return text;
  };

  describe(`links into ${where}`, () => {
    it('let anyone download the one object, as its members do', async () => {
      const { path, body } = await linkTo({ method: 'GET', key: 'a/file.txt' });
      expect([body.method, body.headers]).toEqual(['GET', {}]);
      const whole = await call(`GET ${path}`);
      const own = await call(`GET ${at('/download?key=a/file.txt')}`, { token: here.member.token });
      const told = ({ status, headers, text }: typeof whole) => {
        const { date: _, 'x-request-id': __, ...rest } = Object.fromEntries(headers);
        return { status, text, rest };
      };
      expect(told(whole)).toEqual(told(own));
      expect(whole.headers.get('content-security-policy')).toContain('sandbox');
      const etag = whole.headers.get('etag') ?? '';
      for (const [headers, status, text] of [
        [{ range: 'bytes=1-3' }, 206, 'ell'],
        [{ range: 'bytes=1-3', 'if-range': '"other"' }, 200, 'hello'],
        [{ range: 'bytes=9-' }, 416, undefined],
        [{ 'if-none-match': etag }, 304, ''],
        [{ 'if-match': '"other"' }, 412, undefined],
        [{ 'if-match': 'no tag' }, 400, undefined],
      ] as const) {
        const answer = await call(`GET ${path}`, { headers });
        expect([headers, answer.status, text ?? answer.text]).toEqual([headers, status, answer.text]);
      }
      const head = await call(`HEAD ${path}`);
      expect([head.status, head.headers.get('content-length'), head.text]).toEqual([200, '5', '']);
    });

    it('say under which name the object is kept by who downloads it', async () => {
      const { path } = await linkTo({ method: 'GET', key: 'a/file.txt', filename: 'Übersicht "neu".txt' });
      const disposition = (await call(`GET ${path}`)).headers.get('content-disposition');
      expect(disposition).toMatch(
        /^attachment; filename=".*\\"neu\\".txt"; filename\*=UTF-8''%C3%9Cbersicht/,
      );
    });

    it('let anyone put the one object, held to its checksum and to the conditions of who sends it', async () => {
      const { path } = await linkTo({ method: 'PUT', key: 'put/by link' });
      expect((await put(path, { bytes: 'one', headers: { 'if-none-match': '*' } })).status).toBe(204);
      expect(await contentOf('put/by link')).toBe('one');
      for (const condition of [{ 'if-none-match': '*' }, { 'if-match': '"other"' }])
        expect((await put(path, { bytes: 'two', headers: condition })).status).toBe(412);
      const sum = systemChecksums('sha256');
      sum.update(Buffer.from('three'));
      const headers = { 'x-amz-checksum-sha256': sum.digest() };
      const wrong = await put(path, { bytes: 'thref', headers });
      expect([wrong.status, wrong.body.error.code]).toEqual([400, 'checksum_mismatch']);
      expect(await contentOf('put/by link')).toBe('one');
      expect((await put(path, { bytes: 'three', headers })).status).toBe(204);
      expect(await contentOf('put/by link')).toBe('three');
      expect((await put(path, { bytes: new Uint8Array(1024 * 1024 + 1) })).status).toBe(413);
      expect(await contentOf('put/by link')).toBe('three');
    });

    it('take exactly as many bytes as they were made for', async () => {
      const { path, body } = await linkTo({ method: 'PUT', key: 'sized', size: 5 });
      expect(body.headers).toEqual({ 'Content-Length': '5' });
      const streamed = (text: string) =>
        new ReadableStream({
          start: (controller) => {
            controller.enqueue(Buffer.from(text));
            controller.close();
          },
        });
      for (const bytes of ['four', 'sixsix', '', streamed('four'), streamed('sixsix')]) {
        const answer = await put(path, { bytes });
        expect([answer.status, answer.body.error.code]).toEqual([400, 'body_mismatch']);
      }
      expect(await contentOf('sized')).toBe(404);
      expect((await put(path, { bytes: streamed('fives') })).status).toBe(204);
      expect((await put(path, { bytes: 'again' })).status).toBe(204);
      expect(await contentOf('sized')).toBe('again');
      const none = await linkTo({ method: 'PUT', key: 'none', size: 0 });
      expect((await put(none.path, { bytes: 'x' })).status).toBe(400);
      expect((await put(none.path, { bytes: '' })).status).toBe(204);
      expect(await contentOf('none')).toBe('');
    });

    it('say what kind of thing is put, whatever its sender says', async () => {
      const typeOf = async (key: string) => {
        const [store, bucket, jail] =
          where === 'connections'
            ? [app.strangers.s3.objects, `their-${here.projectId}`, 'photos/']
            : [
                app.container.get(ports.objects),
                (await call(`GET /v1/buckets/${here.bucketId}`, { token: here.owner.token })).body
                  .bucket_name,
                '',
              ];
        return (await store.head(bucket, `${jail}${key}` as ObjectKey))._unsafeUnwrap().contentType;
      };
      const typed = await linkTo({ method: 'PUT', key: 'typed', content_type: 'image/png' });
      expect(typed.body.headers).toEqual({ 'Content-Type': 'image/png' });
      const headers = { 'content-type': 'text/html' };
      expect((await put(typed.path, { bytes: 'x', headers })).status).toBe(204);
      expect(await typeOf('typed')).toBe('image/png');
      const free = await linkTo({ method: 'PUT', key: 'free' });
      expect((await put(free.path, { bytes: 'x', headers })).status).toBe(204);
      expect(await typeOf('free')).toBe('text/html');
    });

    it('are not made where a term makes no sense, naming the field', async () => {
      for (const [json, field] of [
        [{ method: 'GET', key: '../x' }, 'key'],
        [{ method: 'PUT', key: '' }, 'key'],
        [{ method: 'DELETE', key: 'k' }, 'method'],
        [{ method: 'GET', key: 'k', size: 1 }, 'size'],
        [{ method: 'GET', key: 'k', content_type: 'text/plain' }, 'content_type'],
        [{ method: 'PUT', key: 'k', filename: 'f' }, 'filename'],
        [{ method: 'GET', key: 'k', filename: '' }, 'filename'],
        [{ method: 'PUT', key: 'k', size: 1024 * 1024 + 1 }, 'size'],
        [{ method: 'PUT', key: 'k', size: -1 }, 'size'],
        [{ method: 'PUT', key: 'k', content_type: 'text' }, 'content_type'],
        [{ method: 'PUT', key: 'k', content_type: 'a/b\r\nx: y' }, 'content_type'],
        [{ method: 'GET', key: 'k', expires_in: 0 }, 'expires_in'],
        [{ method: 'GET', key: 'k', expires_in: 604_801 }, 'expires_in'],
        [{ method: 'GET', key: 'k', expires_in: 1.5 }, 'expires_in'],
      ] as const) {
        const answer = await presign(json);
        expect([json, answer.status, answer.body.error.details[0].field]).toEqual([json, 400, field]);
      }
    });

    it('end when their time is over: after a quarter of an hour unless another was asked for', async () => {
      const start = app.clock.now();
      for (const [asked, seconds] of [
        [{}, 900],
        [{ expires_in: 1 }, 1],
        [{ expires_in: 604_800 }, 604_800],
      ] as const) {
        const { path, body } = await linkTo({ method: 'GET', key: 'a/file.txt', ...asked });
        expect(Date.parse(body.expires_at)).toBe(start + seconds * 1_000);
        app.clock.advance(seconds * 1_000 - 1);
        expect((await call(`GET ${path}`)).status).toBe(200);
        app.clock.advance(1);
        await invalid(call(`GET ${path}`));
        app.clock.advance(-seconds * 1_000);
      }
    });

    it('say that there is nothing, that the store refuses or has no room, when it is so', async () => {
      const { path } = await linkTo({ method: 'GET', key: 'nowhere' });
      expect((await call(`GET ${path}`)).status).toBe(404);
      for (const [failure, status] of [
        [{ kind: 'store_full' }, 507],
        [{ kind: 'store_denied', reason: 'AccessDenied' }, 403],
        [{ kind: 'bucket_missing' }, 404],
      ] as const) {
        let broken = false;
        const other = await open({
          override: changedStore(where, (store) => ({
            put: (...given) => (broken ? errAsync(failure) : store.put(...given)),
          })),
        });
        const client = clientOf(other);
        const there = await world(other, client);
        const objects = `/v1/${where}/${idIn(where, there)}/objects`;
        const link = await linksOf(client).to(objects, { method: 'PUT', key: 'k' }, there.owner.token);
        broken = true;
        expect((await client(`PUT ${link.path}`, { bytes: 'x' })).status).toBe(status);
        for (const line of other.answered) answered.add(line);
        await other.close();
      }
    });
  });
};
