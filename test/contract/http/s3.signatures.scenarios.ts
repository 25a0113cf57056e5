import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { presigned, type RawCall, raw, type SignOptions, sha256, signed } from './s3.calls.js';
import { type OpenS3, onS3, type S3World } from './s3.rig.js';

const MINUTE = 60_000;

/** Who gets in, and who does not. */
export const s3SignaturesScenarios = (open: OpenS3) => {
  describe('signatures', () => {
    let world: S3World;
    let here: string;
    onS3(open, (opened) => {
      world = opened;
      here = `/s3/${world.mine.bucket}`;
    });
    const now = (offset = 0) => new Date(world.app.clock.now() + offset);
    const sign = (call: RawCall, options: Partial<SignOptions> = {}, keys = world.mine) =>
      signed(world.app, keys, call, { at: now(), ...options });
    const send = (call: RawCall) => raw(world.app, call);
    const put = (name: string, body: string, options: Partial<SignOptions> = {}, headers = {}) =>
      sign({ method: 'PUT', path: `${here}/${name}`, body, headers }, options).then(send);
    const read = async (name: string) => send(await sign({ path: `${here}/${name}` }));
    const outcome = ({ status, code }: { status: number; code: string | undefined }) => [status, code];

    it('lets in who signs with the secret, and nobody else', async () => {
      expect((await put('a', 'hello')).status).toBe(200);
      expect((await read('a')).text).toBe('hello');
      const good = await sign({ path: `${here}/a` });
      const forged = { ...world.mine, secretAccessKey: 'another secret' };
      expect(outcome(await send(await sign({ path: `${here}/a` }, {}, forged)))).toEqual([
        403,
        'SignatureDoesNotMatch',
      ]);
      expect(outcome(await send({ ...good, path: `${here}/b` }))).toEqual([403, 'SignatureDoesNotMatch']);
      expect(outcome(await send({ ...good, method: 'DELETE' }))).toEqual([403, 'SignatureDoesNotMatch']);
      expect(outcome(await send({ ...good, path: `${here}/a?x=1` }))).toEqual([403, 'SignatureDoesNotMatch']);
      expect(outcome(await send({ path: `${here}/a` }))).toEqual([403, 'AccessDenied']);
      const unknown = { ...world.mine, accessKeyId: 'THNOBODY' };
      expect(outcome(await send(await sign({ path: `${here}/a` }, {}, unknown)))).toEqual([
        403,
        'InvalidAccessKeyId',
      ]);
    });

    it('opens one bucket with one key', async () => {
      const there = `/s3/${world.theirs.bucket}`;
      for (const path of [there, `${there}/a`, `${there}?list-type=2`, '/s3/none/a', '/s3//a']) {
        expect(outcome(await send(await sign({ path })))).toEqual([403, 'AccessDenied']);
        expect(outcome(await send(await sign({ path, method: 'PUT' })))).toEqual([403, 'AccessDenied']);
      }
      expect(outcome(await send(await sign({ path: `${there}/a` }, {}, world.theirs)))).toEqual([
        404,
        'NoSuchKey',
      ]);
    });

    it('refuses a time too far from its own, and a region that is not the bucket’s', async () => {
      const path = `${here}/a`;
      for (const minutes of [-16, 16])
        expect(outcome(await send(await sign({ path }, { at: now(minutes * MINUTE) })))).toEqual([
          403,
          'RequestTimeTooSkewed',
        ]);
      for (const minutes of [-14, 14])
        expect((await send(await sign({ path }, { at: now(minutes * MINUTE) }))).status).toBe(200);
      expect((await send(await sign({ path }, { region: 'us-east-1' }))).status).toBe(200);
      const elsewhere = await send(await sign({ path }, { region: 'mars' }));
      expect(outcome(elsewhere)).toEqual([400, 'AuthorizationHeaderMalformed']);
      expect(elsewhere.text).toContain('<Region>local</Region>');
    });

    it('stores nothing when the body is another than the one that was signed', async () => {
      const call = await sign({ method: 'PUT', path: `${here}/replayed`, body: 'signed' });
      expect((await send(call)).status).toBe(200);
      expect(outcome(await send({ ...call, body: 'forged' }))).toEqual([400, 'XAmzContentSHA256Mismatch']);
      expect((await read('replayed')).text).toBe('signed');
      expect(outcome(await put('never', 'x', { payload: sha256('y') }))).toEqual([
        400,
        'XAmzContentSHA256Mismatch',
      ]);
      expect((await read('never')).status).toBe(404);
    });

    it('holds a body to every checksum that comes with it', async () => {
      const sum = (name: string, text: string) => createHash(name).update(text).digest('base64');
      const good = {
        'content-md5': sum('md5', 'body'),
        'x-amz-checksum-sha256': sum('sha256', 'body'),
        'x-amz-checksum-sha1': sum('sha1', 'body'),
        'x-amz-checksum-crc32': '5qK2yA==',
        'x-amz-checksum-crc32c': 'WKiUKg==',
      };
      const UNSIGNED = { payload: 'UNSIGNED-PAYLOAD' };
      for (const [name, value] of Object.entries(good)) {
        const wrong = await put('summed', 'other', UNSIGNED, { [name]: value });
        expect([name, ...outcome(wrong)]).toEqual([name, 400, 'BadDigest']);
      }
      expect((await read('summed')).status).toBe(404);
      const { 'x-amz-checksum-crc32': _, 'x-amz-checksum-crc32c': __, ...digests } = good;
      expect((await put('summed', 'body', UNSIGNED, digests)).status).toBe(200);
      expect(outcome(await put('s', 'x', UNSIGNED, { 'content-md5': 'none' }))).toEqual([
        400,
        'InvalidDigest',
      ]);
      const nvme = { 'x-amz-checksum-crc64nvme': 'rosUhgp5mIg=' };
      expect(outcome(await put('nvme', '12345678', UNSIGNED, nvme))).toEqual([400, 'BadDigest']);
      expect((await read('nvme')).status).toBe(404);
      expect((await put('nvme', '123456789', UNSIGNED, nvme)).headers).toMatchObject(nvme);
      const beyond = await put('s', 'x', UNSIGNED, { 'x-amz-checksum-md6': 'AAAA' });
      expect(outcome(beyond)).toEqual([501, 'NotImplemented']);
    });

    it('opens one object for a while to whoever holds a presigned address', async () => {
      await put('shared', 'for you');
      const get = { path: `${here}/shared` };
      const address = await presigned(world.app, world.mine, get, { at: now(), expiresIn: 60 });
      expect((await send({ path: address })).text).toBe('for you');
      expect(outcome(await send({ path: address, method: 'DELETE' }))).toEqual([
        403,
        'SignatureDoesNotMatch',
      ]);
      expect(outcome(await send({ path: address.replace('/shared?', '/a?') }))).toEqual([
        403,
        'SignatureDoesNotMatch',
      ]);
      const old = await presigned(world.app, world.mine, get, { at: now(-2 * MINUTE), expiresIn: 60 });
      const expired = await send({ path: old });
      expect(outcome(expired)).toEqual([403, 'AccessDenied']);
      expect(expired.text).toContain('Request has expired');
      const future = await presigned(world.app, world.mine, get, { at: now(20 * MINUTE), expiresIn: 60 });
      expect(outcome(await send({ path: future }))).toEqual([403, 'RequestTimeTooSkewed']);
      const upload = { method: 'PUT', path: `${here}/dropped` };
      const slot = await presigned(world.app, world.mine, upload, { at: now(), expiresIn: 604_800 });
      expect((await send({ method: 'PUT', path: slot, body: 'anything' })).status).toBe(200);
      expect((await read('dropped')).text).toBe('anything');
      for (const seconds of ['0', '604801', '-1', 'x']) {
        const path = address.replace('X-Amz-Expires=60', `X-Amz-Expires=${seconds}`);
        expect(outcome(await send({ path }))).toEqual([400, 'AuthorizationQueryParametersError']);
      }
    });

    it('renames a download for a presigned address, and never lets it run', async () => {
      await put('page.html', '<script>alert(1)</script>', {}, { 'content-type': 'text/html' });
      const path = `${here}/page.html?response-content-type=text%2Fhtml&response-content-disposition=attachment%3B%20filename%3Dx.html`;
      const address = await presigned(world.app, world.mine, { path }, { at: now(), expiresIn: 60 });
      const { headers } = await send({ path: address });
      expect(headers).toMatchObject({
        'content-type': 'text/html',
        'content-disposition': 'attachment; filename=x.html',
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
      });
    });

    it('refuses what is not signed as SigV4 wants it', async () => {
      const path = `${here}/a`;
      const { headers = {} } = await sign({ path });
      const { authorization = '' } = headers;
      const others: readonly [Record<string, string>, string][] = [
        [{ authorization: 'AWS THKEY:c2lnbmF0dXJl' }, 'InvalidRequest'],
        [{ authorization: authorization.replace('/s3/', '/ec2/') }, 'AuthorizationHeaderMalformed'],
        [{ authorization: authorization.replace('host;', '') }, 'AuthorizationHeaderMalformed'],
        [
          { authorization: authorization.replace(/Signature=.*/, 'Signature=x') },
          'AuthorizationHeaderMalformed',
        ],
        [{ authorization: authorization.replace(/\/\d{8}\//, '/20000101/') }, 'AuthorizationHeaderMalformed'],
        [{ 'x-amz-date': 'yesterday' }, 'AuthorizationHeaderMalformed'],
        [{ 'x-amz-content-sha256': 'short' }, 'InvalidArgument'],
        [{ 'x-amz-content-sha256': 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' }, 'NotImplemented'],
        [{ 'x-amz-meta-slipped': 'in' }, 'AccessDenied'],
        [{ 'x-amz-security-token': 'session' }, 'InvalidToken'],
      ];
      for (const [over, code] of others)
        expect((await send({ path, headers: { ...headers, ...over } })).code).toBe(code);
      const { 'x-amz-content-sha256': _, ...without } = headers;
      expect((await send({ path, headers: without })).code).toBe('InvalidRequest');
      const both = await presigned(world.app, world.mine, { path }, { at: now(), expiresIn: 60 });
      expect((await send({ path: both, headers })).code).toBe('InvalidRequest');
    });

    it('knows no key any more when its bucket is deleted', async () => {
      const { call, owner, app } = world;
      const { newBucket } = await import('./s3.rig.js');
      const doomed = await newBucket(app, call, owner);
      const list = { path: `/s3/${doomed.bucket}` };
      expect((await send(await sign(list, {}, doomed))).status).toBe(200);
      expect((await call(`DELETE /v1/buckets/${doomed.id}`, { token: owner.token })).status).toBeLessThan(
        300,
      );
      expect(outcome(await send(await sign(list, {}, doomed)))).toEqual([403, 'InvalidAccessKeyId']);
      await app.drain();
      expect(outcome(await send(await sign(list, {}, doomed)))).toEqual([403, 'InvalidAccessKeyId']);
    });

    it('never says the secret, in no answer and in no line of the log', async () => {
      const { secretAccessKey } = world.mine;
      const answers = [await read('a'), await read('nowhere'), await send(await sign({ path: '/s3' }))];
      for (const { text, headers } of answers)
        expect(text + JSON.stringify(headers)).not.toContain(secretAccessKey);
      expect(JSON.stringify(world.app.said)).not.toContain(secretAccessKey);
      expect(await world.app.everyRow()).not.toContain(secretAccessKey);
    });
  });
};
