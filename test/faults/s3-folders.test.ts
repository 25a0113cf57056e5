import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ports } from '../../src/composition/tokens.js';
import type { ObjectKey } from '../../src/domain/storage/object-key.js';
import { type ManagedS3, managedS3, type OwnBucket, ownBucket, type Started } from './support/managed-s3.js';
import { NOWHERE, s3Client, s3Server } from './support/s3-server.js';
import { type Shim, shim } from './support/shim.js';

const server = s3Server();
const there = server ?? NOWHERE;
const MANY = 10_001;
const IN_FLIGHT = 32;

describe.skipIf(!server)('folders in a real S3 store', () => {
  let line: Shim;
  let stage: ManagedS3;
  let started: Started;
  let token: string;
  let bucket: OwnBucket['bucket'];
  beforeAll(async () => {
    line = await shim(there.endpoint);
    stage = await managedS3({ ...there, endpoint: line.endpoint });
    started = await stage.start();
    const own = await ownBucket(started.call, there.region);
    [token, bucket] = [own.owner.token, own.bucket];
  });
  afterAll(async () => {
    await stage.close();
    await line.close();
  });

  const fill = async (folder: string, count: number): Promise<void> => {
    const store = started.running.container.get(ports.objects);
    let next = 0;
    const putting = Array.from({ length: IN_FLIGHT }, async () => {
      for (let n = next++; n < count; n = next++) {
        const body = async function* () {
          yield Buffer.from(`${n}`);
        };
        const key = `${folder}/${n}` as ObjectKey;
        (
          await store.put(bucket.bucket_name, key, body(), { length: `${n}`.length, maxBytes: 10 })
        )._unsafeUnwrap();
      }
    });
    await Promise.all(putting);
  };
  const deletions = () => line.requests().filter((request) => /^POST \S+\?delete/.test(request)).length;
  const remove = (folder: string) =>
    started.call(`DELETE /v1/buckets/${bucket.id}/objects?key=${folder}&recursive=true`, { token });
  const left = async (prefix: string): Promise<readonly string[]> =>
    (await started.call(`GET /v1/buckets/${bucket.id}/objects?prefix=${prefix}`, { token })).body.items.map(
      ({ key }: { key: string }) => key,
    );

  it(`of ${MANY} keys are deleted by at most twelve calls`, async () => {
    await fill('many', MANY);
    const before = deletions();
    expect((await remove('many')).status).toBe(204);
    expect(deletions() - before).toBeLessThanOrEqual(12);
    expect(await left('many/')).toEqual([]);
  });

  it('are deleted but for what the store keeps, which is named', async () => {
    await fill('kept', 2_000);
    const denied = ['kept/0', 'kept/1500', 'kept/77'];
    const client = s3Client(there);
    const statement = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:DeleteObject',
      Resource: denied.map((key) => `arn:aws:s3:::${bucket.bucket_name}/${key}`),
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
    await client.send(new PutBucketPolicyCommand({ Bucket: bucket.bucket_name, Policy }));
    client.destroy();
    const answer = await remove('kept');
    expect([answer.status, answer.body.error.code]).toEqual([502, 'delete_incomplete']);
    for (const key of denied) expect(answer.text).toContain(`"${key}"`);
    expect(await left('kept/')).toEqual(denied);
  });
});
