import {
  GetObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type RawCall, raw, signed } from './s3.calls.js';
import { type Keys, newBucket, type S3World, sdk } from './s3.rig.js';

/** A bucket of its own for one case, and the few things that cases do with it. */
export type Bench = {
  readonly world: S3World;
  readonly keys: Keys;
  readonly Bucket: string;
  readonly client: S3Client;
  readonly put: (Key: string, more?: Partial<PutObjectCommandInput>) => Promise<string>;
  readonly text: (Key: string) => Promise<string | undefined>;
  /** Keys and rolled-up prefixes, by both versions of the list, which must agree. */
  readonly list: (more?: Partial<ListObjectsV2CommandInput>) => Promise<readonly [string[], string[]]>;
  readonly raw: (call: RawCall) => ReturnType<typeof raw>;
};
export type Case = (bench: Bench) => Promise<void>;

export const benchOn = async (world: S3World): Promise<Bench> => {
  const keys = await newBucket(world.app, world.call, world.owner);
  const { bucket: Bucket } = keys;
  const client = sdk(keys);
  return {
    world,
    keys,
    Bucket,
    client,
    put: async (Key, more = {}) =>
      String((await client.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...more }))).ETag),
    text: async (Key) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString(),
    list: async (more = {}) => {
      const answers = [
        await client.send(new ListObjectsV2Command({ Bucket, ...more })),
        await client.send(new ListObjectsCommand({ Bucket, ...more })),
      ].map(({ Contents = [], CommonPrefixes = [] }): [string[], string[]] => [
        Contents.map(({ Key }) => String(Key)),
        CommonPrefixes.map(({ Prefix }) => String(Prefix)),
      ]);
      const [two, one] = answers;
      if (!two || JSON.stringify(one) !== JSON.stringify(two)) throw new Error('the lists differ');
      return two;
    },
    raw: async (call) =>
      raw(world.app, await signed(world.app, keys, call, { at: new Date(world.app.clock.now()) })),
  };
};
