import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectKey } from '../../../src/domain/storage/object-key.js';
import { raw, signed } from './s3.calls.js';
import { type OpenS3, onS3, type S3World, sdk } from './s3.rig.js';

const pieces = fc.constantFrom(
  ...[
    'a',
    ' ',
    '+',
    '%',
    '%2F',
    '%25',
    '/',
    '//',
    'ü',
    'e\u0301',
    '文',
    '😀',
    '?',
    '#',
    '&',
    '=',
    ';',
    ':',
    '@',
  ],
  ...[
    "'",
    '"',
    '<',
    '>',
    '\\',
    '\n',
    '\r',
    '\t',
    '\u0001',
    '\u007f',
    '\uffff',
    '.',
    '..',
    '~',
    '*',
    '!',
    '(',
    '$',
    ',',
  ],
);
const text = fc.oneof(pieces, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }));
const keys = fc
  .array(text, { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''))
  .filter((key) => objectKey(key).isOk());

/** Any key that objects may have goes through the endpoint and comes back as it was. */
export const s3KeysProperty = (open: OpenS3, numRuns: number) => {
  describe('keys', () => {
    let world: S3World;
    let client: S3Client;
    let Bucket: string;
    onS3(open, (opened) => {
      world = opened;
      client = sdk(world.mine);
      Bucket = world.mine.bucket;
    });

    it('come back byte for byte from every operation that names them', async () => {
      const roundTrip = async (Key: string) => {
        await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
        const got = await client.send(new GetObjectCommand({ Bucket, Key }));
        expect(await got.Body?.transformToString()).toBe(Key);
        const CopySource = `${Bucket}/${encodeURIComponent(Key)}`;
        await client.send(new CopyObjectCommand({ Bucket, Key: 'the copy', CopySource }));
        const listed = await client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
        const names = listed.Contents?.map((one) => decodeURIComponent(String(one.Key)));
        expect(names?.toSorted()).toEqual([...new Set([Key, 'the copy'])].toSorted());
        const Objects = [{ Key }, { Key: 'the copy' }];
        await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
        expect((await client.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
      };
      await fc.assert(fc.asyncProperty(keys, roundTrip), {
        numRuns,
        examples: [['a//b'], ['a/'], ['/'], ['//'], ['%2F'], ['a%2Fb/c'], ['+ +'], ['?acl'], ['.a/..b/c.']],
      });
    });

    it('that name the same to a careless server stay apart', async () => {
      const at = new Date(world.app.clock.now());
      const put = async (spelled: string, body: string) =>
        raw(
          world.app,
          await signed(
            world.app,
            world.mine,
            { method: 'PUT', path: `/s3/${Bucket}/${spelled}`, body },
            { at },
          ),
        );
      const spellings = ['a/b', 'a%2Fb', 'a//b', 'a%252Fb', '/a/b', 'a/b/', 'a+b', 'a%20b', 'A/b'];
      for (const spelled of spellings) expect((await put(spelled, spelled)).status).toBe(200);
      const listed = await client.send(new ListObjectsV2Command({ Bucket }));
      expect(listed.Contents?.map(({ Key }) => Key).toSorted()).toEqual(
        ['a/b', 'a//b', 'a%2Fb', '/a/b', 'a/b/', 'a+b', 'a b', 'A/b'].toSorted(),
      );
    });

    it('that no object may have are refused by what is wrong with them', async () => {
      const at = new Date(world.app.clock.now());
      const put = async (spelled: string) =>
        raw(
          world.app,
          await signed(world.app, world.mine, { method: 'PUT', path: `/s3/${Bucket}/${spelled}` }, { at }),
        );
      const refused = [
        ['a/../b', 'InvalidArgument'],
        ['./b', 'InvalidArgument'],
        ['a/%2E%2E/b', 'InvalidArgument'],
        ['a%00b', 'InvalidArgument'],
        ['a%FFb', 'InvalidURI'],
        ['a%ED%A0%80b', 'InvalidURI'],
        ['a%zz', 'InvalidURI'],
        ['k'.repeat(1_025), 'KeyTooLongError'],
      ] as const;
      for (const [spelled, code] of refused) {
        const { status, code: told } = await put(spelled);
        expect([spelled, status, told]).toEqual([spelled, 400, code]);
      }
    });
  });
};
