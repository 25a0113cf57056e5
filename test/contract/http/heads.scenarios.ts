import { describe, expect, it } from 'vitest';
import type { TestApp } from '../../support/app.js';
import type { Client, World } from '../../support/client.js';
import { idIn, type Where } from './containers.js';
import { type Open, onStage } from './rig.js';

/** Headers that tell of the bytes of an answer. */
const TELLING = [
  'content-length',
  'content-type',
  'content-disposition',
  'content-range',
  'content-security-policy',
  'accept-ranges',
  'cache-control',
  'etag',
  'last-modified',
];

/** Downloads that are only asked about. */
export const headsScenarios = (open: Open, answered: Set<string>, where: Where) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const asked = async (method: string, query: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${app.url}/v1/${where}/${idIn(where, here)}/objects/download${query}`, {
      method,
      headers: { authorization: `Bearer ${here.member.token}`, ...headers },
    });
    const told = Object.fromEntries(TELLING.map((name) => [name, response.headers.get(name)]));
    return { status: response.status, told, length: (await response.arrayBuffer()).byteLength };
  };

  describe(`HEAD on downloads from ${where}`, () => {
    it('tells all that GET does, without a body', async () => {
      const token = here.member.token;
      const at = `PUT /v1/${where}/${idIn(where, here)}/objects`;
      expect((await call(`${at}?key=dir/empty`, { token, bytes: '' })).status).toBe(204);
      expect(
        (await call(`${at}?key=dir/${'x'.repeat(200)}`, { token, bytes: 'x'.repeat(5_000) })).status,
      ).toBe(204);
      const etag = (await asked('GET', '?key=a/file.txt')).told['etag'] ?? '';
      const seen = new Map<number, number>();
      for (const [query, headers] of [
        ['?key=a/file.txt', {}],
        ['?key=a/file.txt', { range: 'bytes=1-3' }],
        ['?key=a/file.txt', { range: 'bytes=-2' }],
        ['?key=a/file.txt', { range: 'bytes=1-3', 'if-range': '"other"' }],
        ['?key=a/file.txt', { range: 'bytes=5-' }],
        ['?key=a/file.txt', { 'if-none-match': etag }],
        ['?key=a/file.txt', { 'if-match': '"other"' }],
        ['?key=dir/empty', {}],
        ['?key=nowhere', {}],
        ['?key=..', {}],
        ['?key=a&recursive=true', {}],
        ['?key=dir&recursive=true', { range: 'bytes=1-3' }],
        ['?key=nowhere&recursive=true', {}],
      ] as const) {
        const [head, get] = [await asked('HEAD', query, headers), await asked('GET', query, headers)];
        const about = `${query} ${JSON.stringify(headers)}`;
        expect([about, head.status, head.told]).toEqual([about, get.status, get.told]);
        expect([about, head.length]).toEqual([about, 0]);
        if (get.status < 300) expect([about, get.told['content-length']]).toEqual([about, `${get.length}`]);
        seen.set(head.status, (seen.get(head.status) ?? 0) + 1);
      }
      expect(Object.fromEntries(seen)).toEqual({ 200: 5, 206: 2, 304: 1, 400: 1, 404: 2, 412: 1, 416: 1 });
    });

    it('names the object’s version, and none of an archive', async () => {
      const object = await asked('HEAD', '?key=a/file.txt');
      expect(object.told).toMatchObject({
        'content-length': '5',
        'content-type': 'application/octet-stream',
        'accept-ranges': 'bytes',
        etag: expect.stringMatching(/^".+"$/),
      });
      const archive = await asked('HEAD', '?key=a&recursive=true');
      expect(archive.told).toMatchObject({ 'accept-ranges': 'none', etag: null });
    });
  });
};
