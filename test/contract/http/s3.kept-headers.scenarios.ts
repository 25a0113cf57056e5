import {
  CopyObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { type RawCall, raw, signed } from './s3.calls.js';
import { type OpenS3, onS3, type S3World, sdk } from './s3.rig.js';

const KEPT = {
  'cache-control': 'max-age=60',
  'content-disposition': 'inline; filename="page.html"',
  'content-encoding': 'gzip',
  'content-language': 'de',
  expires: 'Thu, 01 Jan 2032 00:00:00 GMT',
} as const;
const KEY = 'page.html';

/** Headers that a sender wants back with the object: they come back by their own names, here and nowhere else. */
export const s3KeptHeadersScenarios = (open: OpenS3) =>
  describe('headers that are kept with an object', () => {
    let world: S3World;
    let client: S3Client;
    let Bucket: string;
    onS3(open, async (opened) => {
      world = opened;
      client = sdk(world.mine);
      Bucket = world.mine.bucket;
      await client.send(
        new PutObjectCommand({
          Bucket,
          Key: KEY,
          Body: 'hello',
          ContentType: 'text/html',
          CacheControl: KEPT['cache-control'],
          ContentDisposition: KEPT['content-disposition'],
          ContentEncoding: KEPT['content-encoding'],
          ContentLanguage: KEPT['content-language'],
          Expires: new Date(KEPT.expires),
          Metadata: { author: 'Ada' },
        }),
      );
    });
    const ask = async (call: RawCall) =>
      raw(world.app, await signed(world.app, world.mine, call, { at: new Date(world.app.clock.now()) }));
    const author = { 'x-amz-meta-author': 'Ada' };
    /** Of an answer's headers, those that the sender wrote. */
    const written = ({ headers }: { readonly headers: RawCall['headers'] | object }) =>
      Object.fromEntries(
        Object.entries(headers as Record<string, string>).filter(
          ([name]) => name in KEPT || name.includes('meta') || name.includes(':'),
        ),
      );

    it('come back as they were sent, with the metadata beside them', async () => {
      for (const method of ['GET', 'HEAD'])
        expect(written(await ask({ method, path: `/s3/${Bucket}/${KEY}` }))).toEqual({ ...KEPT, ...author });
      const part = await ask({ path: `/s3/${Bucket}/${KEY}`, headers: { range: 'bytes=1-2' } });
      expect([part.status, part.text, written(part)]).toEqual([206, 'el', { ...KEPT, ...author }]);
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: KEY }));
      expect(head.Metadata).toEqual({ author: 'Ada' });
    });

    it('go along with a copy, unless the copy brings its own', async () => {
      const CopySource = `${Bucket}/${KEY}`;
      await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
      const copied = await ask({ method: 'HEAD', path: `/s3/${Bucket}/copy` });
      expect(written(copied)).toEqual({ ...KEPT, ...author });
      const MetadataDirective = 'REPLACE' as const;
      const own = { CacheControl: 'no-store', Metadata: { editor: 'Grace' } };
      await client.send(new CopyObjectCommand({ Bucket, Key: 'own', CopySource, MetadataDirective, ...own }));
      const replaced = await ask({ method: 'HEAD', path: `/s3/${Bucket}/own` });
      expect(written(replaced)).toEqual({ 'cache-control': 'no-store', 'x-amz-meta-editor': 'Grace' });
    });

    it('are seen through no other door', async () => {
      const { call, owner, mine } = world;
      const at = `/v1/buckets/${mine.id}/objects`;
      const { token } = owner;
      const link = await call(`POST ${at}:presign`, { token, json: { method: 'GET', key: KEY } });
      const address = new URL(link.body.url);
      const answers = [
        await call(`GET ${at}/download?key=${KEY}`, { token }),
        await call(`HEAD ${at}/download?key=${KEY}`, { token }),
        await call(`GET ${address.pathname}${address.search}`),
      ];
      for (const { status, headers } of answers) {
        expect(status).toBe(200);
        expect(written({ headers: Object.fromEntries(headers) })).toEqual({
          'cache-control': 'private, no-cache',
          'content-disposition': `attachment; filename=${KEY}`,
        });
        expect(headers.get('content-type')).toBe('application/octet-stream');
      }
      const listed = await call(`GET ${at}`, { token });
      expect(listed.text).toContain(KEY);
      const { text } = await ask({ path: `/s3/${Bucket}?list-type=2` });
      for (const said of [listed.text, text])
        expect(said).not.toMatch(/max-age|gzip|inline|Ada|cache-control/);
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: KEY }));
      expect(Object.keys(Contents[0] ?? {}).sort()).toEqual([
        'ETag',
        'Key',
        'LastModified',
        'Size',
        'StorageClass',
      ]);
    });

    it('cannot be written as metadata, nor metadata as one of them', async () => {
      const body = 'x';
      const path = `/s3/${Bucket}/sly`;
      const smuggled = await ask({
        method: 'PUT',
        path: `${path}?X-Amz-Meta-%3Acache-control=public`,
        body,
      });
      expect(smuggled.status).toBe(200);
      expect(written(await ask({ method: 'HEAD', path }))).toEqual({ 'cache-control': 'private, no-cache' });
      const named = { 'x-amz-meta-cache-control': 'public', 'x-amz-meta-expires': 'never' };
      expect((await ask({ method: 'PUT', path, headers: named, body })).status).toBe(200);
      expect(written(await ask({ method: 'HEAD', path }))).toEqual({
        'cache-control': 'private, no-cache',
        ...named,
      });
      const got = await client.send(new GetObjectCommand({ Bucket, Key: 'sly' }));
      expect(got.Metadata).toEqual({ 'cache-control': 'public', expires: 'never' });
    });
  });
