import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { clientOf } from '../support/client.js';
import { managedS3, ownBucket } from './support/managed-s3.js';
import { NOWHERE, openUploadsIn, s3Client, s3Server } from './support/s3-server.js';
import { cleanUp, startProgram } from './support/server.js';

const MIB = 1024 * 1024;
const server = s3Server();
const there = server ?? NOWHERE;

/** So many megabytes, and then nothing more until the sender is let go. */
const stalling = (megabytes: number) => {
  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const body = async function* () {
    for (let sent = 0; sent < megabytes; sent += 1) yield Buffer.alloc(MIB, 'x');
    await held;
  };
  return { bytes: ReadableStream.from(body()), letGo };
};

afterEach(cleanUp);

describe.skipIf(!server)('a server that is killed while it uploads to a real S3 store', () => {
  it('leaves no object, and an open upload only until whoever reaps comes', async () => {
    const { database, environment, close } = await managedS3(there);
    const program = await startProgram({ ...environment, LOG_LEVEL: 'warn' });
    const call = clientOf({ url: program.origin });
    const { owner, bucket } = await ownBucket(call, there.region);
    const client = s3Client(there);
    const kept = async () =>
      (await client.send(new ListObjectsV2Command({ Bucket: bucket.bucket_name }))).KeyCount;
    const open = async () => (await openUploadsIn(there, bucket.bucket_name)).length;

    // More than a part, so that an upload is open when the process dies.
    const { bytes, letGo } = stalling(24);
    const at = `PUT /v1/buckets/${bucket.id}/objects?key=stalled`;
    const cut = expect(call(at, { token: owner.token, bytes })).rejects.toThrow();
    await expect.poll(open, { timeout: 30_000 }).toBe(1);
    expect(await program.end('SIGKILL')).toBe('SIGKILL');
    letGo();
    await cut;
    expect([await open(), await kept()]).toEqual([1, 0]);

    // A day later: nobody has renewed it, and the sweep comes round.
    expect(await database.db('open_uploads').update({ due_at: new Date(0) })).toBe(1);
    const sweep = database.db('jobs').where({ kind: 'sweep.open-uploads' });
    expect(await sweep.update({ run_at: new Date(0) })).toBe(1);
    await startProgram({ ...environment, LOG_LEVEL: 'warn' });
    await expect.poll(open, { timeout: 120_000, interval: 500 }).toBe(0);
    await expect.poll(async () => database.db('open_uploads'), { timeout: 10_000 }).toEqual([]);
    expect(await kept()).toBe(0);

    client.destroy();
    await cleanUp();
    await close();
  });
});
