import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type Running } from '../../src/composition/boot.js';
import { readConfig } from '../../src/composition/config.js';
import { ports } from '../../src/composition/tokens.js';
import type { ObjectKey } from '../../src/domain/storage/object-key.js';
import type { TestApp } from '../support/app.js';
import { type Client, clientOf, person } from '../support/client.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { s3Server } from './support/s3-server.js';
import { type Shim, shim } from './support/shim.js';
import { type SmtpSink, smtpSink } from './support/smtp.js';

const server = s3Server();
const MANY = 10_001;
const IN_FLIGHT = 32;

describe.skipIf(!server)('folders in a real S3 store', () => {
  let line: Shim;
  let database: TestDatabase;
  let directory: string;
  let mail: SmtpSink;
  let running: Running;
  let call: Client;
  let token: string;
  let bucket: { id: string; bucket_name: string };
  beforeAll(async () => {
    line = await shim(server?.endpoint ?? '');
    database = await freshDatabase();
    directory = await mkdtemp(join(tmpdir(), 'tollhouse-s3-folders-'));
    mail = await smtpSink();
    const config = readConfig({
      DATABASE_URL: database.url,
      TOLLHOUSE_SECRET_KEY: 'a secret key of the tests that is long enough',
      TOLLHOUSE_DATA_DIR: directory,
      BASE_URL: 'http://storage.example.com',
      SMTP_URL: mail.url,
      PORT: '0',
      MANAGED_STORE: 's3',
      MANAGED_S3_ENDPOINT: line.endpoint,
      MANAGED_S3_REGION: server?.region,
      MANAGED_S3_ACCESS_KEY_ID: server?.accessKeyId,
      MANAGED_S3_SECRET_ACCESS_KEY: server?.secretAccessKey,
    });
    running = await boot(config, pino({ level: 'silent' }));
    call = clientOf({ url: `http://127.0.0.1:${running.address?.port}` } as TestApp);
    ({ token } = await person(call));
    const project = await call('POST /v1/projects', { token, json: { name: 'Project' } });
    const json = { name: 'files', region: server?.region };
    bucket = (await call(`POST /v1/projects/${project.body.id}/buckets`, { token, json })).body;
  });
  afterAll(async () => {
    await running.stop();
    await mail.close();
    await database.close();
    await line.close();
    await rm(directory, { recursive: true });
  });

  const fill = async (folder: string, count: number): Promise<void> => {
    const store = running.container.get(ports.objects);
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
    call(`DELETE /v1/buckets/${bucket.id}/objects?key=${folder}&recursive=true`, { token });
  const left = async (prefix: string): Promise<readonly string[]> =>
    (await call(`GET /v1/buckets/${bucket.id}/objects?prefix=${prefix}`, { token })).body.items.map(
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
    const client = new S3Client({
      endpoint: server?.endpoint ?? '',
      region: server?.region ?? '',
      forcePathStyle: true,
      credentials: { accessKeyId: server?.accessKeyId ?? '', secretAccessKey: server?.secretAccessKey ?? '' },
    });
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
