import { readdir } from 'node:fs/promises';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { ok } from 'neverthrow';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contexts, ports } from '../../src/composition/tokens.js';
import type { ObjectKey } from '../../src/domain/storage/object-key.js';
import { readingOf, toldText } from '../contract/http/connections-secrets.rig.js';
import { csrfOf, signedIn } from '../contract/http/pages.surfer.js';
import { everyRowOf } from '../support/app.js';
import type { Client } from '../support/client.js';
import { type ManagedS3, managedS3, type OwnBucket, ownBucket, type Started } from './support/managed-s3.js';
import { NOWHERE, openUploadsIn, s3Client, s3Server } from './support/s3-server.js';

const server = s3Server();
const there = server ?? NOWHERE;
const MIB = 1024 ** 2;
const WRONG = 'a+wrong/secret+of/nobody+0123456789abcdef';

describe.skipIf(!server)('managed buckets in an S3 store (S3_TEST_ENDPOINT)', () => {
  let stage: ManagedS3;
  let here: Started;
  let own: OwnBucket;
  beforeAll(async () => {
    stage = await managedS3(there);
    here = await stage.start({ OUTBOUND_ALLOW: '127.0.0.1' });
    own = await ownBucket(here.call, there.region);
  });
  afterAll(() => stage.close());
  const at = (key: string, what = 'objects') =>
    `/v1/buckets/${own.bucket.id}/${what}?key=${encodeURIComponent(key)}`;

  it('hold objects of known and unknown length, and leave nothing open or on record', async () => {
    const { token } = own.owner;
    const bytes = Buffer.alloc(20 * MIB, 'tollhouse ');
    const body = async function* () {
      for (let i = 0; i < bytes.length; i += MIB) yield bytes.subarray(i, i + MIB);
    };
    const url = here.url + at('häuser/in parts.bin');
    const request: RequestInit & { duplex: 'half' } = {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}` },
      body: ReadableStream.from(body()),
      duplex: 'half',
    };
    expect((await fetch(url, request)).status).toBe(204);
    expect((await here.call(`PUT ${at('a.txt')}`, { token, bytes: 'hello' })).status).toBe(204);
    const back = await fetch(here.url + at('häuser/in parts.bin', 'objects/download'), {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(Buffer.compare(Buffer.from(await back.arrayBuffer()), bytes)).toBe(0);
    expect(await stage.database.db('open_uploads')).toEqual([]);
    expect(await readdir(stage.directory)).not.toContain('objects');
    const { endpoint, bucket_name, id } = own.bucket;
    expect([endpoint, bucket_name]).toEqual([there.endpoint, `th-${id}`]);
  });

  it('are rid of uploads that a dead process left, and of no others', async () => {
    const client = s3Client(there);
    const Bucket = own.bucket.bucket_name;
    const begin = (Key: string) => client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const [left, other] = [await begin('left'), await begin('other')];
    const upload = { bucket: Bucket, key: 'left' as ObjectKey, uploadId: left.UploadId ?? '' };
    const journal = here.running.container.get(ports.uploadJournals).of({ kind: 'managed' });
    expect(await journal.begun(upload)).toEqual(ok(undefined));
    const reap = () => here.running.container.get(contexts.storage).reapUploads();
    expect(await reap()).toEqual(ok({ aborted: 0, left: 0, more: false }));
    await stage.database.db('open_uploads').update({ due_at: new Date(0) });
    expect(await reap()).toEqual(ok({ aborted: 1, left: 0, more: false }));
    expect(await openUploadsIn(there, Bucket)).toEqual([other.UploadId]);
    expect(await stage.database.db('open_uploads')).toEqual([]);
    client.destroy();
  });

  it('keep the secret of a connection that the store refuses out of pages, replies, logs and rows', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
    const { call, url } = await stage.start({ OUTBOUND_ALLOW: '127.0.0.1' }, log);
    const { token, email } = own.owner;
    const json = {
      provider: 's3compat',
      uri: `s3://${own.bucket.bucket_name}/inside`,
      region: there.region,
      access_key_id: there.accessKeyId,
      secret_access_key: WRONG,
      s3_spec: { endpoint: there.endpoint },
    };
    const made = await call(`POST /v1/projects/${own.projectId}/connections`, { token, json });
    const objects = `/v1/connections/${made.body.id}/objects`;
    const verified = await call(`POST /v1/connections/${made.body.id}:verify`, { token });
    const [refused] = verified.body.checks;
    expect(refused).toMatchObject({ name: 'credentials', ok: false });
    const answers = [made, verified];
    for (const [at, status] of [
      [`GET ${objects}`, 403],
      [`PUT ${objects}?key=k`, 403],
      [`GET ${objects}/download?key=k`, 403],
      [`GET ${objects}/download?key=k&recursive=true`, 403],
      [`DELETE ${objects}?key=k`, 403],
    ] as const) {
      const answer = await call(at, { token, ...(at.startsWith('PUT') && { bytes: 'x' }) });
      expect([at, answer.status]).toEqual([at, status]);
      answers.push(answer);
    }
    const somebody = await signedIn({ url }, email);
    const at = `/app/projects/${own.projectId}/storage/c/${made.body.id}`;
    const report = await somebody.follow(
      await somebody.post(`${at}/verify`, { csrf: await csrfOf(somebody) }),
    );
    expect(report.text).toContain(`<bdi>${refused.message}</bdi>`);
    const folder = await somebody.get(at);
    expect(folder.status).toBe(403);

    const told = [...answers, report, folder].map(toldText).join('\n');
    expect(lines.length).toBeGreaterThan(answers.length);
    for (const text of [told, lines.join(''), await everyRowOf(stage.database.db)])
      expect(readingOf(WRONG)(text)).toEqual([]);
  });

  it('do not open the way there to connections: that is what the allow-list is for', async () => {
    const { token } = own.owner;
    const json = {
      provider: 's3compat',
      uri: `s3://${own.bucket.bucket_name}/inside`,
      region: there.region,
      access_key_id: there.accessKeyId,
      secret_access_key: there.secretAccessKey,
      s3_spec: { endpoint: there.endpoint },
    };
    const create = (by: Client) => by(`POST /v1/projects/${own.projectId}/connections`, { token, json });
    const allowed = await create(here.call);
    expect(allowed.status).toBe(201);
    const verify = (by: Client) => by(`POST /v1/connections/${allowed.body.id}:verify`, { token });
    const { body: verified } = await verify(here.call);
    expect(verified.checks.filter((check: { ok: boolean }) => !check.ok)).toEqual([]);

    const { call: strict } = await stage.start();
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
