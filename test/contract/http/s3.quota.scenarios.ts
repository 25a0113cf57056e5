import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { stored } from '../../support/stored.js';
import { refusal } from './s3.objects.scenarios.js';
import { type OpenS3, onS3, type S3World, sdk } from './s3.rig.js';

/** The quota of bytes, and what is counted of all that S3 can do with an object. */
export const s3QuotaScenarios = (open: OpenS3) => {
  describe('a quota of bytes', () => {
    let world: S3World;
    let client: S3Client;
    let Bucket: string;
    onS3(
      () => open({ environment: { QUOTA_STORAGE_BYTES: '1000' } }),
      (opened) => {
        world = opened;
        client = sdk(world.mine);
        Bucket = world.mine.bucket;
      },
    );
    const put = (Key: string, bytes: number) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body: 'x'.repeat(bytes) }));
    const copy = (Key: string, from: string) =>
      client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${from}` }));
    const remove = (Key: string) => client.send(new DeleteObjectCommand({ Bucket, Key }));
    const begin = async (Key: string) => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      return { Bucket, Key, UploadId: String(UploadId) };
    };
    type Name = Awaited<ReturnType<typeof begin>>;
    const part = async (name: Name, PartNumber: number, bytes: number) => {
      const sent = new UploadPartCommand({ ...name, PartNumber, Body: 'x'.repeat(bytes) });
      return { PartNumber, ETag: String((await client.send(sent)).ETag) };
    };
    const complete = (name: Name, Parts: { PartNumber: number; ETag: string }[]) =>
      client.send(new CompleteMultipartUploadCommand({ ...name, MultipartUpload: { Parts } }));
    const abort = (name: Name) => client.send(new AbortMultipartUploadCommand(name));
    const size = async (Key: string) =>
      (await client.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength;
    const ledger = async () => {
      const { body } = await world.call(`GET /v1/buckets/${world.mine.id}`, { token: world.owner.token });
      return stored(world.app.container, body.project_id, world.mine.id);
    };

    it('refuses puts and copies beyond it, and leaves what was there', async () => {
      await put('a', 600);
      expect(await refusal(put('b', 401))).toBe('QuotaExceeded');
      expect(await refusal(copy('b', 'a'))).toBe('QuotaExceeded');
      expect(await refusal(size('b'))).toBe('NotFound');
      await put('b', 300);
      expect(await refusal(copy('b', 'a'))).toBe('QuotaExceeded');
      expect([await size('b'), await ledger()]).toEqual([300, { bytes: 900, objects: 2 }]);
      const rows = await world.app.everyRow();
      expect(rows.split('"entitlement.refused"')).toHaveLength(1 + 3);
    });

    it('counts copies, overwrites and deletions', async () => {
      await put('a', 100);
      await copy('c', 'a');
      await copy('b', 'a');
      expect(await ledger()).toEqual({ bytes: 300, objects: 3 });
      await remove('a');
      await remove('a');
      expect(await ledger()).toEqual({ bytes: 200, objects: 2 });
      const Objects = ['b', 'c', 'b', 'none'].map((Key) => ({ Key }));
      await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      expect(await ledger()).toEqual({ bytes: 0, objects: 0 });
    });

    it('counts an upload in parts once it is an object, and once only', async () => {
      await put('whole', 50);
      const name = await begin('whole');
      const parts = [await part(name, 1, 200), await part(name, 2, 300)];
      await part(name, 3, 100);
      expect(await ledger()).toEqual({ bytes: 50, objects: 1 });
      await complete(name, parts);
      await complete(name, parts);
      expect([await size('whole'), await ledger()]).toEqual([500, { bytes: 500, objects: 1 }]);
      await remove('whole');
    });

    it('refuses parts for which there is no room, and has it again when they are given up', async () => {
      const [one, two] = [await begin('one'), await begin('two')];
      await part(one, 1, 600);
      await part(two, 1, 300);
      expect(await refusal(part(two, 2, 200))).toBe('QuotaExceeded');
      const source = { CopySource: `${Bucket}/source`, PartNumber: 2 };
      await put('source', 100);
      expect(await refusal(client.send(new UploadPartCopyCommand({ ...two, ...source })))).toBe(
        'QuotaExceeded',
      );
      await abort(one);
      expect((await part(two, 2, 200)).ETag).toMatch(/./);
      await abort(two);
      await remove('source');
    });

    it('refuses to complete what is beyond it by then, and leaves what was there', async () => {
      await put('target', 10);
      const name = await begin('target');
      const parts = [await part(name, 1, 600)];
      await put('meanwhile', 500);
      expect(await refusal(complete(name, parts))).toBe('QuotaExceeded');
      expect([await size('target'), await ledger()]).toEqual([10, { bytes: 510, objects: 2 }]);
      await remove('meanwhile');
      await complete(name, parts);
      expect([await size('target'), await ledger()]).toEqual([600, { bytes: 600, objects: 1 }]);
    });
  });
};
