import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { refusal } from './s3.objects.scenarios.js';
import { type OpenS3, onS3, type S3World, sdk } from './s3.rig.js';

/** Objects that arrive in parts. */
export const s3MultipartScenarios = (open: OpenS3) => {
  describe('uploads in parts', () => {
    let world: S3World;
    let client: S3Client;
    let Bucket: string;
    onS3(open, (opened) => {
      world = opened;
      client = sdk(world.mine);
      Bucket = world.mine.bucket;
    });
    const begin = async (Key: string, more: object = {}) => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
      return { Bucket, Key, UploadId: String(UploadId) };
    };
    type Name = Awaited<ReturnType<typeof begin>>;
    const part = async (name: Name, PartNumber: number, Body: string) => {
      const { ETag } = await client.send(new UploadPartCommand({ ...name, PartNumber, Body }));
      return { PartNumber, ETag: String(ETag) };
    };
    const complete = (
      name: Name,
      Parts: readonly { PartNumber: number; ETag: string }[],
      more: object = {},
    ) =>
      client.send(
        new CompleteMultipartUploadCommand({ ...name, ...more, MultipartUpload: { Parts: [...Parts] } }),
      );
    const text = async (Key: string) =>
      (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

    it('shows nothing until all is there, and then all of it', async () => {
      const name = await begin('in parts/ä', { ContentType: 'text/plain', Metadata: { a: '1' } });
      const two = await part(name, 2, 'second, ');
      const old = await part(name, 1, 'forgotten ');
      const one = await part(name, 1, 'first, ');
      const five = await part(name, 5, 'last');
      expect(await refusal(text('in parts/ä'))).toBe('NoSuchKey');
      expect(await refusal(complete(name, [old, two]))).toBe('InvalidPart');
      expect(await refusal(complete(name, [two, one]))).toBe('InvalidPartOrder');
      const { ETag } = await complete(name, [one, two, five]);
      expect(await text('in parts/ä')).toBe('first, second, last');
      const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'in parts/ä' }));
      expect(head).toMatchObject({
        ETag,
        ContentType: 'text/plain',
        Metadata: { a: '1' },
        ContentLength: 19,
      });
      const range = new GetObjectCommand({ Bucket, Key: 'in parts/ä', Range: 'bytes=5-9' });
      expect(await (await client.send(range)).Body?.transformToString()).toBe(', sec');
      expect((await complete(name, [one, two, five])).ETag).toBe(ETag);
    });

    it('lists the parts that came, in pages', async () => {
      const name = await begin('listed');
      for (const number of [1, 2, 3]) await part(name, number, `part ${number}`);
      const page = await client.send(new ListPartsCommand({ ...name, MaxParts: 2 }));
      expect(page.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
        [1, 6],
        [2, 6],
      ]);
      expect([page.IsTruncated, page.NextPartNumberMarker]).toEqual([true, '2']);
      const rest = await client.send(new ListPartsCommand({ ...name, PartNumberMarker: '2' }));
      expect([rest.IsTruncated, rest.Parts?.map(({ PartNumber }) => PartNumber)]).toEqual([false, [3]]);
      await client.send(new AbortMultipartUploadCommand(name));
    });

    it('lists the uploads that are open, and forgets those that are aborted', async () => {
      const names = [await begin('up/1'), await begin('up/2'), await begin('up/2')];
      const list = (more: object = {}) =>
        client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'up/', ...more }));
      const ids = async (more: object = {}) => (await list(more)).Uploads?.map(({ UploadId }) => UploadId);
      expect((await ids())?.toSorted()).toEqual(names.map(({ UploadId }) => UploadId).toSorted());
      const page = await list({ MaxUploads: 2 });
      expect([page.IsTruncated, page.NextKeyMarker]).toEqual([true, 'up/2']);
      const rest = await list({ KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker });
      expect(rest.Uploads?.length).toBe(1);
      expect((await ids({ KeyMarker: 'up/1' }))?.length).toBe(2);
      expect(await refusal(list({ Delimiter: '/' }))).toBe('NotImplemented');
      expect(await refusal(list({ KeyMarker: 'a', UploadIdMarker: 'none' }))).toBe('InvalidArgument');
      for (const name of names) await client.send(new AbortMultipartUploadCommand(name));
      expect(await ids()).toBeUndefined();
      const [first] = names;
      expect(await refusal(client.send(new AbortMultipartUploadCommand(first as Name)))).toBe('NoSuchUpload');
      expect(await refusal(part(first as Name, 1, 'late'))).toBe('NoSuchUpload');
    });

    it('copies a part, or a piece of one, from another object', async () => {
      await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: '0123456789' }));
      const name = await begin('assembled');
      const copy = (PartNumber: number, more: object = {}) =>
        client.send(
          new UploadPartCopyCommand({ ...name, PartNumber, CopySource: `/${Bucket}/source`, ...more }),
        );
      const all = await copy(1);
      const piece = await copy(2, { CopySourceRange: 'bytes=2-4' });
      await complete(name, [
        { PartNumber: 1, ETag: String(all.CopyPartResult?.ETag) },
        { PartNumber: 2, ETag: String(piece.CopyPartResult?.ETag) },
      ]);
      expect(await text('assembled')).toBe('0123456789234');
      expect(await refusal(copy(3, { CopySourceRange: 'bytes=0-21' }))).toBe('InvalidRange');
      expect(await refusal(copy(3, { CopySourceRange: 'bytes=x' }))).toBe('InvalidArgument');
      expect(await refusal(copy(3, { CopySource: `${world.theirs.bucket}/source` }))).toBe('AccessDenied');
    });

    it('completes only what the conditions let it make', async () => {
      await client.send(new PutObjectCommand({ Bucket, Key: 'there', Body: 'before' }));
      const name = await begin('there');
      const one = await part(name, 1, 'after');
      expect(await refusal(complete(name, [one], { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
      expect(await text('there')).toBe('before');
      await complete(name, [one]);
      expect(await text('there')).toBe('after');
    });

    it('refuses names that no upload and no part can have', async () => {
      const name = await begin('odd');
      expect(await refusal(part({ ...name, UploadId: "no'such" }, 1, 'x'))).toBe('NoSuchUpload');
      expect(await refusal(part({ ...name, Key: 'other' }, 1, 'x'))).toBe('NoSuchUpload');
      expect(await refusal(part(name, 10_001, 'x'))).toBe('InvalidArgument');
      expect(await refusal(part(name, 0, 'x'))).toBe('InvalidArgument');
      expect(await refusal(complete(name, []))).toBe('MalformedXML');
      expect(await refusal(complete(name, [{ PartNumber: 1, ETag: 'nothing' }]))).toBe('InvalidPart');
      const most = Array.from({ length: 10_000 }, (_, n) => ({
        PartNumber: n + 1,
        ETag: `"${'0'.repeat(32)}"`,
        ChecksumCRC32: 'AAAAAA==',
      }));
      expect(await refusal(complete(name, most))).toBe('InvalidPart');
    });
  });
};
