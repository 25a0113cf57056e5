import { describe, expect, it } from 'vitest';
import { systemChecksums } from '../../../src/adapters/system/checksums.js';
import type { ChecksumAlgorithm } from '../../../src/ports/shared/checksums.js';
import type { Client, World } from '../../support/client.js';
import { idIn, type Where } from './containers.js';
import { linksOf } from './links.rig.js';
import { type Open, onStage } from './rig.js';

const sumOf = (algorithm: ChecksumAlgorithm, text: string): string => {
  const sum = systemChecksums(algorithm);
  sum.update(Buffer.from(text));
  return sum.digest();
};

/** Every header that may tell of a body, and how it does. */
const TELLING: readonly (readonly [string, (text: string) => string])[] = [
  ['content-digest', (text) => `sha-256=:${sumOf('sha256', text)}:`],
  ['repr-digest', (text) => `sha-256=:${sumOf('sha256', text)}:, unixsum=:AAA=:`],
  ['repr-digest', (text) => `sha-512=:YQ==:,md5=:${sumOf('md5', text)}:`],
  ['content-digest', (text) => `sha=:${sumOf('sha1', text)}:`],
  ['content-digest', (text) => `crc32c=:${sumOf('crc32c', text)}:`],
  ['x-amz-checksum-crc32', (text) => sumOf('crc32', text)],
  ['x-amz-checksum-crc32c', (text) => sumOf('crc32c', text)],
  ['x-amz-checksum-sha1', (text) => sumOf('sha1', text)],
  ['x-amz-checksum-sha256', (text) => sumOf('sha256', text)],
  ['x-goog-hash', (text) => `crc32c=${sumOf('crc32c', text)},md5=${sumOf('md5', text)}`],
];

/** Uploads that say what their bytes come to. */
export const checksumsScenarios = (open: Open, answered: Set<string>, where: Where) => {
  let call: Client;
  let here: World;
  onStage(open, answered, (_app, ...staged) => {
    [call, here] = staged;
  });
  const at = (key: string, part = '') => `/v1/${where}/${idIn(where, here)}/objects${part}?key=${key}`;
  const put = (key: string, bytes: string | ReadableStream, headers: Record<string, string>) =>
    call(`PUT ${at(key)}`, { token: here.member.token, bytes, headers });
  const get = (key: string) => call(`GET ${at(key, '/download')}`, { token: here.member.token });
  const streamed = (text: string) =>
    new ReadableStream({
      start: (controller) => {
        for (const letter of text) controller.enqueue(Buffer.from(letter));
        controller.close();
      },
    });

  describe(`checksums of uploads to ${where}`, () => {
    it.each(TELLING)('are held to in %s, whether the length is known or not', async (name, tell) => {
      for (const text of ['some bytes', '']) {
        expect((await put('summed', text, { [name]: tell(text) })).status).toBe(204);
        expect((await put('summed', streamed(text), { [name]: tell(text) })).status).toBe(204);
        expect((await get('summed')).text).toBe(text);
        for (const other of ['other bytes', streamed('other bytes'), 'x', ''].filter((one) => one !== text)) {
          const answer = await put('summed', other, { [name]: tell(text) });
          expect([answer.status, answer.body.error.code, answer.body.error.details[0].field]).toEqual([
            400,
            'checksum_mismatch',
            name,
          ]);
          expect((await get('summed')).text).toBe(text);
          expect((await put('never-there', 'other', { [name]: tell(text) })).status).toBe(400);
        }
        expect((await get('never-there')).status).toBe(404);
      }
    });

    it.each(TELLING)('are held to in %s by links, too', async (name, tell) => {
      const json = { method: 'PUT', key: 'linked' };
      const objects = `/v1/${where}/${idIn(where, here)}/objects`;
      const { path } = await linksOf(call).to(objects, json, here.member.token);
      const headers = { [name]: tell('some bytes') };
      expect((await call(`PUT ${path}`, { bytes: 'some bytes', headers })).status).toBe(204);
      const answer = await call(`PUT ${path}`, { bytes: 'other bytes', headers });
      expect([answer.status, answer.body.error.code]).toEqual([400, 'checksum_mismatch']);
      expect((await get('linked')).text).toBe('some bytes');
    });

    it('are all held to when there are several', async () => {
      const right = { 'x-amz-checksum-crc32': sumOf('crc32', 'several') };
      const more = (text: string) => ({ ...right, 'repr-digest': `sha-256=:${sumOf('sha256', text)}:` });
      expect((await put('several', 'several', more('several'))).status).toBe(204);
      const answer = await put('several', 'several', more('another'));
      expect([answer.status, answer.body.error.details[0].field]).toEqual([400, 'repr-digest']);
    });

    it('are refused when they cannot be read, naming the header', async () => {
      const sha = sumOf('sha256', 'x');
      for (const [name, value] of [
        ['content-digest', sha],
        ['content-digest', `sha-256=${sha}`],
        ['content-digest', `sha-256=:${sha}`],
        ['content-digest', ''],
        ['repr-digest', `sha-256=:${sha.slice(0, -4)}:`],
        ['repr-digest', `sha-256=:${sha}:,`],
        ['repr-digest', 'sha-512=:YQ==:'],
        ['repr-digest', `constructor=:${sha}:`],
        ['x-amz-checksum-sha256', `${sha}=`],
        ['x-amz-checksum-sha256', sha.replace(/=$/, '')],
        ['x-amz-checksum-sha1', sha],
        ['x-amz-checksum-crc32', 'zzz'],
        ['x-amz-checksum-crc32c', 'AAAAAB=='],
        ['x-goog-hash', 'crc32c=:AAAAAA==:'],
        ['x-goog-hash', 'sha256=AAAA'],
      ] as const) {
        const answer = await put('unread', 'x', { [name]: value });
        expect([name, value, answer.status, answer.body.error.details[0].field]).toEqual([
          name,
          value,
          400,
          name,
        ]);
      }
      expect((await get('unread')).status).toBe(404);
    });
  });
};
