import { createHash, randomBytes } from 'node:crypto';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  exportOf,
  flushed,
  type GatewayBucket,
  type GatewayHost,
  type GatewayStore,
  gatewayHost,
  gatewayStore,
  NO_RCLONE,
  rcloneHere,
  serving,
} from './support/gateways.js';
import { clientOn } from './support/webdav.js';

const MIB = 1024 * 1024;
const FILES = 100;
/** Beside many small ones: empty, around a block, around a part, more than is sent in one piece, large. */
const SIZES = [0, 1, 4_095, 4_096, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 64 * MIB + 1, 100 * MIB];
const DIRECTORIES = ['', 'a b/', 'a b/ünï/', '100% +sure#1&=;/'];

const contents = (prefix: string): ReadonlyMap<string, Buffer> =>
  new Map(
    Array.from({ length: FILES }, (_, n) => {
      const directory = DIRECTORIES[n % DIRECTORIES.length] ?? '';
      return [
        `${directory}${prefix}-${n} ?.bin`,
        randomBytes(SIZES[n] ?? 1 + ((n * 7_919) % 300_000)),
      ] as const;
    }),
  );
const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const sums = (files: ReadonlyMap<string, Buffer>) =>
  Object.fromEntries([...files].map(([name, bytes]) => [name, sum(bytes)]));

const rclone = await rcloneHere();

describe.skipIf(!rclone)('files that pass through a gateway', () => {
  let store: GatewayStore;
  let host: GatewayHost;
  let bucket: GatewayBucket;
  beforeAll(async () => {
    store = await gatewayStore();
    host = await gatewayHost(rclone ?? NO_RCLONE, { ownEndpoints: () => [store.endpoint] });
    bucket = await store.bucket();
  });
  afterAll(async () => {
    await host.close();
    await store.close();
  });

  it('come out of the bucket as a WebDAV client wrote them, once it is told that they are flushed', async () => {
    const provider = host.open();
    const wanted = exportOf('written', bucket.keys, store.endpoint);
    const ref = await serving(provider, [wanted]);
    const client = await clientOn(provider, ref, wanted);
    const files = contents('written');
    for (const directory of DIRECTORIES.filter((name) => name !== ''))
      expect(await client.mkdir(directory)).toBe(201);
    for (const [name, bytes] of files) expect([name, await client.put(name, bytes)]).toEqual([name, 201]);
    await flushed(provider, ref, 'written');

    const { Contents = [] } = await bucket.client.send(
      new ListObjectsV2Command({ Bucket: bucket.keys.bucket }),
    );
    expect(Contents.map(({ Key }) => Key).sort()).toEqual([...files.keys()].sort());
    const found: Record<string, string> = {};
    for (const Key of files.keys()) {
      const { Body } = await bucket.client.send(new GetObjectCommand({ Bucket: bucket.keys.bucket, Key }));
      found[Key] = sum((await Body?.transformToByteArray()) ?? new Uint8Array());
    }
    expect(found).toEqual(sums(files));
    (await provider.instances.terminate(ref))._unsafeUnwrap();
  });

  it('come out of a gateway as they lie in the bucket, below a prefix where there is one', async () => {
    const provider = host.open();
    const source = await store.bucket();
    const files = contents('stored');
    for (const [name, Body] of files)
      await source.client.send(
        new PutObjectCommand({ Bucket: source.keys.bucket, Key: `below/${name}`, Body }),
      );
    const outside = { Bucket: source.keys.bucket, Key: 'outside', Body: 'not shown' };
    await source.client.send(new PutObjectCommand(outside));
    const wanted = { ...exportOf('stored', source.keys, store.endpoint), prefix: 'below/' };
    const ref = await serving(provider, [wanted], 'another-token');
    const client = await clientOn(provider, ref, wanted);
    const found: Record<string, string> = {};
    for (const name of files.keys()) found[name] = sum(await client.get(name));
    expect(found).toEqual(sums(files));
    expect(await client.status('outside')).toBe(404);
    (await provider.instances.terminate(ref))._unsafeUnwrap();
  });

  it('are read ahead into the cache, as far as they fit, and no more is asked of the store then', async () => {
    const provider = host.open();
    const source = await store.bucket();
    const names = ['a', 'b/c', 'b/d'];
    for (const Key of names) {
      const Body = randomBytes(2 * MIB);
      await source.client.send(new PutObjectCommand({ Bucket: source.keys.bucket, Key, Body }));
    }
    const wanted = exportOf('ahead', source.keys, store.endpoint);
    const ref = await serving(provider, [wanted], 'a-third-token');
    const ahead = async () => (await provider.control.preload(ref, 'ahead'))._unsafeUnwrap();
    await expect.poll(ahead, { timeout: 30_000 }).toBe(true);
    store.gate.asked.length = 0;
    const client = await clientOn(provider, ref, wanted);
    for (const name of names) expect((await client.get(name)).byteLength).toBe(2 * MIB);
    expect(store.gate.asked.filter((line) => /^GET .*\/(a|b\/c|b\/d)$/.test(line))).toEqual([]);
    (await provider.instances.terminate(ref))._unsafeUnwrap();
  });
});
