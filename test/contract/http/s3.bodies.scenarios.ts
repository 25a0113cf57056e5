import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type RawCall, raw, signed, waiting } from './s3.calls.js';
import { type Chunked, signedChunks } from './s3.chunks.js';
import { type OpenS3, onS3, type S3World } from './s3.rig.js';

const crc = (text: string): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString('base64');
};
const CRC = 'x-amz-checksum-crc32';

/** Bodies, in every way that clients frame them. */
export const s3BodiesScenarios = (open: OpenS3) => {
  describe('bodies', () => {
    let world: S3World;
    let here: string;
    onS3(open, (opened) => {
      world = opened;
      here = `/s3/${world.mine.bucket}`;
    });
    const at = () => new Date(world.app.clock.now());
    const send = (call: RawCall) => raw(world.app, call);
    const read = async (name: string) =>
      send(await signed(world.app, world.mine, { path: `${here}/${name}` }, { at: at() }));
    const put = async (name: string, more: Omit<Chunked, 'path' | 'at'>) =>
      send(await signedChunks(world.app, world.mine, { path: `${here}/${name}`, at: at(), ...more }));
    const chunks = ['a'.repeat(8192), 'b'.repeat(100)];

    it('takes signed chunks, with a signed trailer and without', async () => {
      expect((await put('chunks', { chunks })).status).toBe(200);
      const stored = await read('chunks');
      expect([stored.text, stored.headers['content-encoding']]).toEqual([chunks.join(''), undefined]);
      const trailer = { name: CRC, value: crc(chunks.join('')) };
      const answer = await put('trailed', { chunks, trailer });
      expect([answer.status, answer.headers[CRC]]).toEqual([200, trailer.value]);
      expect((await put('nothing', { chunks: [] })).status).toBe(200);
      expect((await read('nothing')).text).toBe('');
    });

    it('stores nothing of a body with a chunk, an end or a trailer that is not what was signed', async () => {
      const trailer = { name: CRC, value: crc(chunks.join('')) };
      const spoiled: readonly [string, Omit<Chunked, 'path' | 'at'>, string][] = [
        ['first', { chunks, spoil: (body) => body.replace('aaa', 'aba') }, 'SignatureDoesNotMatch'],
        ['last', { chunks, spoil: (body) => body.replace('bbb', 'bab') }, 'SignatureDoesNotMatch'],
        ['end', { chunks, spoil: (body) => body.replace(/(0;chunk-signature=)./, '$1x') }, 'InvalidRequest'],
        ['cut', { chunks, spoil: (body) => body.slice(0, body.lastIndexOf('0;chunk')) }, 'InvalidRequest'],
        ['within', { chunks, spoil: (body) => body.slice(0, 5_000) }, 'IncompleteBody'],
        ['size', { chunks, spoil: (body) => body.replace('2000;', '1fff;') }, 'SignatureDoesNotMatch'],
        [
          'trailer',
          { chunks, trailer, spoil: (body) => body.replace(trailer.value, 'AAAAAA==') },
          'SignatureDoesNotMatch',
        ],
        ['wrong sum', { chunks, trailer: { name: CRC, value: 'AAAAAA==' } }, 'BadDigest'],
        [
          'stranger',
          { chunks, spoil: (body) => `${body.slice(0, -2)}x-amz-meta-a:b\r\n\r\n` },
          'InvalidRequest',
        ],
        ['too short', { chunks, headers: { 'x-amz-decoded-content-length': '9000' } }, 'IncompleteBody'],
        ['too long', { chunks, headers: { 'x-amz-decoded-content-length': '100' } }, 'IncompleteBody'],
        ['no number', { chunks, headers: { 'x-amz-decoded-content-length': 'x' } }, 'InvalidArgument'],
      ];
      for (const [name, how, code] of spoiled) {
        const path = encodeURIComponent(name);
        expect([name, (await put(path, how)).code]).toEqual([name, code]);
        expect([name, (await read(path)).status]).toEqual([name, 404]);
      }
    });

    it('takes chunks that are not signed and holds them to their trailer', async () => {
      const unsigned = async (name: string, body: string, headers: Record<string, string> = {}) => {
        const path = `${here}/${name}`;
        const all = { 'x-amz-decoded-content-length': '5', 'x-amz-trailer': CRC, ...headers };
        const call = await signed(
          world.app,
          world.mine,
          { method: 'PUT', path, headers: all },
          { at: at(), payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' },
        );
        return send({ ...call, body, headers: { ...call.headers, 'content-length': String(body.length) } });
      };
      const framed = (sum: string) => `5\r\nhello\r\n0\r\n${sum}\r\n\r\n`;
      expect((await unsigned('u', framed(`${CRC}:${crc('hello')}`))).status).toBe(200);
      expect((await read('u')).text).toBe('hello');
      expect((await unsigned('v', framed(`${CRC}:AAAAAA==`))).code).toBe('BadDigest');
      expect((await unsigned('v', '5\r\nhello\r\n0\r\n\r\n')).code).toBe('BadDigest');
      const nvme = { 'x-amz-trailer': 'x-amz-checksum-crc64nvme', 'x-amz-decoded-content-length': '9' };
      const nine = (sum: string) => `9\r\n123456789\r\n0\r\nx-amz-checksum-crc64nvme:${sum}\r\n\r\n`;
      expect((await unsigned('v', nine('AAAAAAAAAAA='), nvme)).code).toBe('BadDigest');
      expect((await unsigned('w', nine('rosUhgp5mIg='), nvme)).status).toBe(200);
      expect((await unsigned('v', 'no chunks at all')).code).toBe('InvalidRequest');
      expect((await read('v')).status).toBe(404);
    });

    it('wants to know the length before, and keeps to the largest an object may have', async () => {
      const path = `${here}/long`;
      const call = await signed(
        world.app,
        world.mine,
        { method: 'PUT', path },
        { at: at(), payload: 'UNSIGNED-PAYLOAD' },
      );
      const chunked = { ...call.headers, 'transfer-encoding': 'chunked' };
      const lengthless = await send({ ...call, headers: chunked, body: 'x' });
      expect([lengthless.status, lengthless.code]).toEqual([411, 'MissingContentLength']);
      const large = { ...call.headers, 'content-length': '1048577' };
      const refused = await send({ ...call, headers: large, body: Buffer.alloc(1_048_577) });
      expect([refused.status, refused.code]).toEqual([400, 'EntityTooLarge']);
    });

    it('asks for a body only when nothing speaks against it any more', async () => {
      const call = async (name: string, body: string | Buffer, headers = {}) =>
        signed(
          world.app,
          world.mine,
          { method: 'PUT', path: `${here}/${name}`, headers, body },
          { at: at(), payload: 'UNSIGNED-PAYLOAD' },
        );
      const wait = (one: RawCall) => waiting(world.app, one);
      expect(await wait(await call('asked', 'body'))).toEqual({ status: 200, invited: true });
      expect((await read('asked')).text).toBe('body');
      const forged = await call('asked', 'body');
      expect(await wait({ ...forged, path: `${here}/other` })).toEqual({ status: 403, invited: false });
      const refused = { invited: false };
      const create = await call('asked', 'body', { 'if-none-match': '*' });
      expect(await wait(create)).toEqual({ ...refused, status: 412 });
      const replace = await call('asked', 'body', { 'if-match': '"another"' });
      expect(await wait(replace)).toEqual({ ...refused, status: 412 });
      expect(await wait(await call('asked', Buffer.alloc(1_048_577)))).toEqual({ ...refused, status: 400 });
      expect(await wait(await call('a/../b', 'body'))).toEqual({ ...refused, status: 400 });
      expect(await wait(await call('asked', 'body', { 'content-md5': 'x' }))).toEqual({
        ...refused,
        status: 400,
      });
    });

    it('reads documents of its own kind only, and no entities', async () => {
      const remove = async (body: string) => {
        const path = `${here}?delete`;
        return send(await signed(world.app, world.mine, { method: 'POST', path, body }, { at: at() }));
      };
      const bomb = '<!DOCTYPE d [<!ENTITY a "aaaa">]><Delete><Object><Key>&a;</Key></Object></Delete>';
      const deep = `${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}`;
      for (const body of ['', 'none', '<Delete>', '<Delete></Delete>', '<Other/>', bomb, deep, '\xff'])
        expect((await remove(body)).code).toBe('MalformedXML');
      const many = `<Delete>${'<Object><Key>k</Key></Object>'.repeat(1_001)}</Delete>`;
      expect((await remove(many)).code).toBe('MalformedXML');
      expect((await remove(`<Delete>${' '.repeat(2_200_000)}</Delete>`)).code).toBe('EntityTooLarge');
      const idle = `<Delete>${'<a/>'.repeat(12_100)}<Object><Key>k</Key></Object></Delete>`;
      expect((await remove(idle)).code).toBe('MalformedXML');
      const wide = `<Delete${' a="b"'.repeat(60_000)}><Object><Key>k</Key></Object></Delete>`;
      expect((await remove(wide)).code).toBe('MalformedXML');
      const full = '<Object><Key>k</Key><VersionId/><ETag/><LastModifiedTime/><Size>1</Size></Object>';
      expect((await remove(`<Delete>${full.repeat(1_000)}</Delete>`)).code).toBe('NotImplemented');
      const odd = '<Delete><Object><Key>a &amp; b &#38; &#x26;</Key></Object></Delete>';
      expect((await remove(odd)).text).toContain('<Key>a &amp; b &amp; &amp;</Key>');
      const version = '<Delete><Object><Key>k</Key><VersionId>1</VersionId></Object></Delete>';
      expect((await remove(version)).code).toBe('NotImplemented');
    });
  });
};
