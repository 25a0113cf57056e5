import { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { type OpenS3, onS3, type S3World, sdk } from './s3.rig.js';

/** What an SDK's promise was refused with. */
export const refusal = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
    return 'no refusal';
  } catch (error) {
    return (error as Error).name;
  }
};

/** Every operation on objects, as the SDK asks for it with these settings. */
export const s3ObjectsScenarios = (open: OpenS3, settings: string, config: Partial<S3ClientConfig>) => {
  describe(`objects with the SDK (${settings})`, () => {
    let world: S3World;
    let client: S3Client;
    let Bucket: string;
    onS3(open, (opened) => {
      world = opened;
      client = sdk(world.mine, config);
      Bucket = world.mine.bucket;
    });
    const put = (
      Key: string,
      Body: PutObjectCommandInput['Body'] = Key,
      more: Partial<PutObjectCommandInput> = {},
    ) => client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
    const text = async (Key: string) =>
      (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

    it('gives back what was put, with its type and what was written beside it', async () => {
      const { ETag } = await put('kept/a.txt', 'hello', {
        ContentType: 'text/plain',
        CacheControl: 'max-age=60',
        ContentEncoding: 'identity',
        Metadata: { author: 'Ada', place: 'Zürich' },
      });
      expect(ETag).toMatch(/^"[0-9a-f-]{36}"$/);
      const got = await client.send(new GetObjectCommand({ Bucket, Key: 'kept/a.txt' }));
      expect(await got.Body?.transformToString()).toBe('hello');
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'kept/a.txt' }));
      for (const answer of [got, head])
        expect(answer).toMatchObject({
          ETag,
          ContentLength: 5,
          ContentType: 'text/plain',
          CacheControl: 'max-age=60',
          ContentEncoding: 'identity',
          // Node hands the bytes of a header over one by one.
          Metadata: { author: 'Ada', place: Buffer.from('Zürich').toString('latin1') },
        });
    });

    it('takes a stream of known length, and nothing at all', async () => {
      const pieces = Readable.from([Buffer.alloc(70_000, 'a'), Buffer.alloc(30_000, 'b')]);
      await put('streamed', pieces, { ContentLength: 100_000 });
      expect(await text('streamed')).toBe('a'.repeat(70_000) + 'b'.repeat(30_000));
      await put('empty', '');
      expect(await text('empty')).toBe('');
    });

    it('sends a part, the rest, or the end of an object', async () => {
      await put('ranged', '0123456789');
      const parts = [
        ['bytes=2-4', '234', 'bytes 2-4/10'],
        ['bytes=7-', '789', 'bytes 7-9/10'],
        ['bytes=-2', '89', 'bytes 8-9/10'],
        ['bytes=0-99', '0123456789', 'bytes 0-9/10'],
      ] as const;
      for (const [Range, body, ContentRange] of parts) {
        const part = await client.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range }));
        expect([await part.Body?.transformToString(), part.ContentRange]).toEqual([body, ContentRange]);
      }
      const beyond = new GetObjectCommand({ Bucket, Key: 'ranged', Range: 'bytes=10-' });
      expect(await refusal(client.send(beyond))).toBe('InvalidRange');
    });

    it('reads by what the client knows already', async () => {
      const { ETag = '' } = await put('conditional');
      const get = (more: object) =>
        client.send(new GetObjectCommand({ Bucket, Key: 'conditional', ...more }));
      const [long, later] = [new Date(0), new Date(Date.now() + 365 * 86_400_000)];
      await get({ IfMatch: ETag });
      await get({ IfNoneMatch: '"another"' });
      await get({ IfModifiedSince: long });
      await get({ IfUnmodifiedSince: later });
      await get({ IfMatch: ETag, IfUnmodifiedSince: long });
      expect(await refusal(get({ IfMatch: '"another"' }))).toBe('PreconditionFailed');
      expect(await refusal(get({ IfUnmodifiedSince: long }))).toBe('PreconditionFailed');
      for (const fresh of [{ IfNoneMatch: ETag }, { IfModifiedSince: later }])
        await expect(get(fresh)).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
      const head = (more: object) =>
        client.send(new HeadObjectCommand({ Bucket, Key: 'conditional', ...more }));
      await expect(head({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
      await expect(head({ IfMatch: '"x"' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
    });

    it('writes only what is new, or only over the version that is named', async () => {
      const { ETag = '' } = await put('guarded', 'first', { IfNoneMatch: '*' });
      expect(await refusal(put('guarded', 'second', { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
      expect(await refusal(put('guarded', 'second', { IfMatch: '"another"' }))).toBe('PreconditionFailed');
      expect(await refusal(put('not there', 'second', { IfMatch: '*' }))).toBe('PreconditionFailed');
      expect(await text('guarded')).toBe('first');
      await put('guarded', 'third', { IfMatch: ETag });
      await put('guarded', 'fourth', { IfMatch: '*' });
      expect(await text('guarded')).toBe('fourth');
      expect(await refusal(put('guarded', 'x', { IfNoneMatch: ETag }))).toBe('NotImplemented');
    });

    it('tells what is not there from what is', async () => {
      expect(await refusal(text('nowhere'))).toBe('NoSuchKey');
      const head = client.send(new HeadObjectCommand({ Bucket, Key: 'nowhere' }));
      await expect(head).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'nowhere' }));
      await put('doomed');
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'doomed' }));
      expect(await refusal(text('doomed'))).toBe('NoSuchKey');
    });

    it('deletes many at once and says so of each, or only of those that stay', async () => {
      for (const key of ['many/1', 'many/2', 'many/<&>"\n']) await put(key);
      const remove = (keys: readonly string[], Quiet: boolean) =>
        client.send(
          new DeleteObjectsCommand({ Bucket, Delete: { Quiet, Objects: keys.map((Key) => ({ Key })) } }),
        );
      const { Deleted, Errors } = await remove(['many/1', 'many/<&>"\n', 'never there', 'a/../b'], false);
      expect(Deleted?.map(({ Key }) => Key)).toEqual(['many/1', 'many/<&>"\n', 'never there']);
      expect(Errors).toMatchObject([{ Key: 'a/../b', Code: 'InvalidArgument' }]);
      const quiet = await remove(['many/2', 'b/./c'], true);
      expect([quiet.Deleted, quiet.Errors?.length]).toEqual([undefined, 1]);
      expect((await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/' }))).KeyCount).toBe(0);
    });

    it('copies within the bucket, as it was or dressed anew', async () => {
      const { ETag } = await put('source of/ä copy', 'to be copied', {
        ContentType: 'text/plain',
        Metadata: { a: '1' },
      });
      const CopySource = `${Bucket}/${encodeURIComponent('source of/ä copy')}`;
      const copy = (Key: string, more: object = {}) =>
        client.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
      const head = (Key: string) => client.send(new HeadObjectCommand({ Bucket, Key }));
      const { CopyObjectResult } = await copy('copied');
      expect(await text('copied')).toBe('to be copied');
      expect(await head('copied')).toMatchObject({
        ContentType: 'text/plain',
        Metadata: { a: '1' },
        ETag: CopyObjectResult?.ETag,
      });
      await copy('dressed', { MetadataDirective: 'REPLACE', ContentType: 'text/html', Metadata: { b: '2' } });
      expect(await head('dressed')).toMatchObject({ ContentType: 'text/html', Metadata: { b: '2' } });
      expect(await refusal(copy('source of/ä copy'))).toBe('InvalidRequest');
      await copy('source of/ä copy', { MetadataDirective: 'REPLACE', Metadata: { c: '3' } });
      expect(await head('source of/ä copy')).toMatchObject({ Metadata: { c: '3' } });
      expect(await refusal(copy('x', { CopySourceIfMatch: ETag }))).toBe('PreconditionFailed');
      expect(await refusal(copy('x', { CopySource: `${Bucket}/nowhere` }))).toBe('NoSuchKey');
      const other = `${world.theirs.bucket}/whatever`;
      expect(await refusal(copy('x', { CopySource: other }))).toBe('AccessDenied');
    });

    it('lists in pages, rolled up or not, from a prefix and after a name', async () => {
      const keys = ['l/a', 'l/b/1', 'l/b/2', 'l/c', 'l/d/x/y', 'l/é', 'l2'];
      for (const key of keys) await put(key);
      const page = (more: Partial<ListObjectsV2CommandInput>) =>
        client.send(new ListObjectsV2Command({ Bucket, Prefix: 'l/', ...more }));
      const seen: string[] = [];
      let token: string | undefined;
      do {
        const {
          Contents = [],
          CommonPrefixes = [],
          KeyCount,
          NextContinuationToken,
          IsTruncated,
        } = await page({
          Delimiter: '/',
          MaxKeys: 2,
          ...(token && { ContinuationToken: token }),
        });
        const names = [...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)];
        expect([KeyCount, IsTruncated]).toEqual([names.length, NextContinuationToken !== undefined]);
        seen.push(...names.map(String));
        token = NextContinuationToken;
      } while (token);
      expect(seen.sort()).toEqual(['l/a', 'l/b/', 'l/c', 'l/d/', 'l/é']);
      const names = async (more: Partial<ListObjectsV2CommandInput>) =>
        (await page(more)).Contents?.map(({ Key }) => Key);
      expect(await names({})).toEqual(keys.slice(0, 6));
      expect(await names({ StartAfter: 'l/b/1' })).toEqual(['l/b/2', 'l/c', 'l/d/x/y', 'l/é']);
      expect(await names({ StartAfter: 'l/c', EncodingType: 'url' })).toEqual(['l/d/x/y', 'l/%C3%A9']);
      const within = await page({ StartAfter: 'l/b/1', Delimiter: '/' });
      expect(within.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['l/b/', 'l/d/']);
      const past = await page({ StartAfter: 'l/b/2', Delimiter: '/' });
      expect(past.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(['l/d/']);
      expect((await page({ MaxKeys: 0 })).KeyCount).toBe(0);
      expect(await refusal(page({ Delimiter: 'b' }))).toBe('NotImplemented');
      expect(await refusal(page({ ContinuationToken: 'made up' }))).toBe('InvalidArgument');
      const first = await client.send(
        new ListObjectsCommand({ Bucket, Prefix: 'l/', Delimiter: '/', MaxKeys: 2 }),
      );
      expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'l/b/' });
      const second = await client.send(
        new ListObjectsCommand({ Bucket, Prefix: 'l/', Marker: String(first.NextMarker) }),
      );
      expect(second.Contents?.map(({ Key }) => Key)).toContain('l/c');
    });

    it('says what the bucket is, and which buckets the key opens', async () => {
      const { Buckets } = await client.send(new ListBucketsCommand({}));
      expect(Buckets?.map(({ Name }) => Name)).toEqual([Bucket]);
      expect((await client.send(new HeadBucketCommand({ Bucket }))).BucketRegion).toBe('local');
      const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket }));
      expect(LocationConstraint).toBe('local');
      expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    });
  });
};
