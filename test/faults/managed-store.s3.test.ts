import 'reflect-metadata';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { ok } from 'neverthrow';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boot, type Running } from '../../src/composition/boot.js';
import { readConfig } from '../../src/composition/config.js';
import { contexts, ports } from '../../src/composition/tokens.js';
import type { ObjectKey } from '../../src/domain/storage/object-key.js';
import type { TestApp } from '../support/app.js';
import { type Client, clientOf, type Person, person } from '../support/client.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { type SmtpSink, smtpSink } from './support/smtp.js';

const env = (name: string) => process.env[`S3_TEST_${name}`] ?? '';
const MIB = 1024 ** 2;

let database: TestDatabase;
let directory: string;
let mail: SmtpSink;
const running: Running[] = [];
beforeAll(async () => {
  database = await freshDatabase();
  directory = await mkdtemp(join(tmpdir(), 'tollhouse-managed-'));
  mail = await smtpSink();
});
afterAll(async () => {
  for (const one of running) await one.stop();
  await mail.close();
  await database.close();
  await rm(directory, { recursive: true });
});

const start = async (over: Record<string, string> = {}): Promise<{ running: Running; call: Client }> => {
  const config = readConfig({
    DATABASE_URL: database.url,
    TOLLHOUSE_SECRET_KEY: 'a secret key of the tests that is long enough',
    TOLLHOUSE_DATA_DIR: directory,
    BASE_URL: 'http://storage.example.com',
    SMTP_URL: mail.url,
    PORT: '0',
    MANAGED_STORE: 's3',
    MANAGED_S3_ENDPOINT: env('ENDPOINT'),
    MANAGED_S3_REGION: env('REGION'),
    MANAGED_S3_ACCESS_KEY_ID: env('ACCESS_KEY_ID'),
    MANAGED_S3_SECRET_ACCESS_KEY: env('SECRET_ACCESS_KEY'),
    ...over,
  });
  const started = await boot(config, pino({ level: 'silent' }));
  running.push(started);
  const url = `http://127.0.0.1:${started.address?.port}`;
  return { running: started, call: clientOf({ url } as TestApp) };
};

const sdk = () =>
  new S3Client({
    endpoint: env('ENDPOINT'),
    region: env('REGION'),
    forcePathStyle: true,
    credentials: { accessKeyId: env('ACCESS_KEY_ID'), secretAccessKey: env('SECRET_ACCESS_KEY') },
  });

describe.skipIf(env('ENDPOINT') === '')('managed buckets in an S3 store (S3_TEST_ENDPOINT)', () => {
  let call: Client;
  let here: Running;
  let owner: Person;
  let projectId: string;
  let bucket: { id: string; bucket_name: string; endpoint: string };
  beforeAll(async () => {
    ({ call, running: here } = await start({ OUTBOUND_ALLOW: '127.0.0.1' }));
    owner = await person(call);
    const { token } = owner;
    projectId = (await call('POST /v1/projects', { token, json: { name: 'Project' } })).body.id;
    const json = { name: 'files', region: env('REGION') };
    const made = await call(`POST /v1/projects/${projectId}/buckets`, { token, json });
    expect([made.status, made.body.status]).toEqual([201, 'active']);
    bucket = made.body;
  });
  const at = (key: string, what = 'objects') =>
    `/v1/buckets/${bucket.id}/${what}?key=${encodeURIComponent(key)}`;

  it('hold objects of known and unknown length, and leave nothing open or on record', async () => {
    const { token } = owner;
    const bytes = Buffer.alloc(20 * MIB, 'tollhouse ');
    const body = async function* () {
      for (let i = 0; i < bytes.length; i += MIB) yield bytes.subarray(i, i + MIB);
    };
    const url = `http://127.0.0.1:${here.address?.port}${at('häuser/in parts.bin')}`;
    const request: RequestInit & { duplex: 'half' } = {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}` },
      body: ReadableStream.from(body()),
      duplex: 'half',
    };
    expect((await fetch(url, request)).status).toBe(204);
    expect((await call(`PUT ${at('a.txt')}`, { token, bytes: 'hello' })).status).toBe(204);
    const back = await fetch(
      `http://127.0.0.1:${here.address?.port}${at('häuser/in parts.bin', 'objects/download')}`,
      {
        headers: { authorization: `Bearer ${token}` },
      },
    );
    expect(Buffer.compare(Buffer.from(await back.arrayBuffer()), bytes)).toBe(0);
    expect(await database.db('open_uploads')).toEqual([]);
    expect(await readdir(directory)).not.toContain('objects');
    expect([bucket.endpoint, bucket.bucket_name]).toEqual([env('ENDPOINT'), `th-${bucket.id}`]);
  });

  it('are rid of uploads that a dead process left, and of no others', async () => {
    const client = sdk();
    const begin = (Key: string) =>
      client.send(new CreateMultipartUploadCommand({ Bucket: bucket.bucket_name, Key }));
    const [left, other] = [await begin('left'), await begin('other')];
    const upload = { bucket: bucket.bucket_name, key: 'left' as ObjectKey, uploadId: left.UploadId ?? '' };
    const journal = here.container.get(ports.uploadJournals).of({ kind: 'managed' });
    expect(await journal.begun(upload)).toEqual(ok(undefined));
    const reap = () => here.container.get(contexts.storage).reapUploads();
    expect(await reap()).toEqual(ok({ aborted: 0, left: 0, more: false }));
    await database.db('open_uploads').update({ due_at: new Date(0) });
    expect(await reap()).toEqual(ok({ aborted: 1, left: 0, more: false }));
    const open = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket.bucket_name }));
    expect(open.Uploads?.map(({ UploadId }) => UploadId)).toEqual([other.UploadId]);
    expect(await database.db('open_uploads')).toEqual([]);
    client.destroy();
  });

  it('do not open the way there to connections: that is what the allow-list is for', async () => {
    const { token } = owner;
    const json = {
      provider: 's3compat',
      uri: `s3://${bucket.bucket_name}/inside`,
      region: env('REGION'),
      access_key_id: env('ACCESS_KEY_ID'),
      secret_access_key: env('SECRET_ACCESS_KEY'),
      s3_spec: { endpoint: env('ENDPOINT') },
    };
    const create = (by: Client) => by(`POST /v1/projects/${projectId}/connections`, { token, json });
    const allowed = await create(call);
    expect(allowed.status).toBe(201);
    const verify = (by: Client) => by(`POST /v1/connections/${allowed.body.id}:verify`, { token });
    const { body: verified } = await verify(call);
    expect(verified.checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([]);

    const { call: strict } = await start();
    expect((await create(strict)).status).toBe(400);
    const { checks } = (await verify(strict)).body;
    expect(checks).toContainEqual({
      name: 'list',
      ok: false,
      message: expect.stringContaining('connections to 127.0.0.1 are not allowed'),
    });
    expect((await strict(`PUT ${at('b.txt')}`, { token, bytes: 'hello' })).status).toBe(204);
  });
});
