import { expect } from 'vitest';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import type { ObjectKey } from '../../../src/domain/storage/object-key.js';
import { connectionJson, type Person, person } from '../../support/client.js';
import type { Outside, Process } from '../../support/crash.js';
import { newKey, projectOf } from './accounts.operations.js';
import type { Operation } from './trial.js';

const asked = (owner: Person) => ({
  token: owner.token,
  json: { name: 'files', region: 'local' },
  headers: newKey(),
});

const stored = async ({ objects }: Outside, bucketName: string): Promise<readonly string[] | undefined> => {
  const listing = await objects.list(bucketName, { prefix: '' as never, limit: 1_000 });
  if (listing.isErr()) return undefined;
  return listing.value.entries.map((entry) => (entry.type === 'file' ? entry.object.key : entry.prefix));
};

/** A project with a bucket and some objects. */
const bucketWith = async (process: Process, objects: Readonly<Record<string, string>>) => {
  const owner = await person(process.call);
  const projectId = await projectOf(process, owner);
  const made = await process.call(`POST /v1/projects/${projectId}/buckets`, asked(owner));
  expect(made.body.status).toBe('active');
  const { id, bucket_name: bucketName }: { id: string; bucket_name: string } = made.body;
  const put = ({ call }: Process, key: string, bytes: string) =>
    call(`PUT /v1/buckets/${id}/objects?key=${key}`, { token: owner.token, bytes });
  for (const [key, bytes] of Object.entries(objects))
    expect((await put(process, key, bytes)).status).toBe(204);
  return { owner, projectId, id, bucketName, put };
};

const createBucket: Operation = {
  name: 'creating a bucket',
  least: 25,
  passing: ['storage tx.buckets.add', 'objects.createBucket', 'storage tx.buckets.save', 'pause.wait'],
  prepare: async (process, outside) => {
    const owner = await person(process.call);
    const projectId = await projectOf(process, owner);
    const request = asked(owner);
    return {
      send: ({ call }) => call(`POST /v1/projects/${projectId}/buckets`, request),
      due: () => 201,
      done: async ({ call }, { body }) => {
        expect(body.status).toBe('active');
        expect(await outside.rows('buckets', { accountId: projectId })).toMatchObject([{ id: body.id }]);
        const { token } = owner;
        expect((await call(`GET /v1/buckets/${body.id}`, { token })).body).toEqual(body);
        expect(await stored(outside, body.bucket_name)).toEqual([]);
        expect(await outside.rows('audit_log', { target: body.id })).toMatchObject([
          { action: 'bucket.create', accountId: projectId },
        ]);
      },
    };
  },
};

const upload: Operation = {
  name: 'uploading over an object',
  least: 8,
  passing: [
    'access.find',
    'storageReaders.bucketIn',
    'storageMeter.usedBy',
    'storageAllotments.grant',
    'objects.put',
    'storageMeter.add',
  ],
  prepare: async (process, outside) => {
    const { id, bucketName, owner, put } = await bucketWith(process, { file: 'old', other: 'other' });
    const content = async ({ call }: Process, key: string) =>
      (await call(`GET /v1/buckets/${id}/objects/download?key=${key}`, { token: owner.token })).text;
    return {
      send: (to) => put(to, 'file', 'new content'),
      due: () => 204,
      whole: async () => {
        const found = await outside.objects.head(bucketName, 'file' as never);
        expect(['old'.length, 'new content'.length]).toContain(found._unsafeUnwrap().size);
      },
      done: async (to) => {
        expect([await content(to, 'file'), await content(to, 'other')]).toEqual(['new content', 'other']);
        expect(await stored(outside, bucketName)).toEqual(['file', 'other']);
      },
    };
  },
};

const deleteBucket: Operation = {
  name: 'deleting a bucket',
  least: 25,
  passing: [
    'storage tx.buckets.save',
    'objects.deleteMany',
    'objects.deleteBucket',
    'storageMeter.end',
    'storage tx.quota.release',
  ],
  prepare: async (process, outside) => {
    const { id, bucketName, projectId, owner } = await bucketWith(process, { a: '1', 'b/c': '2', d: '3' });
    const { token } = owner;
    const status = async () => (await outside.rows('buckets', { id }))[0]?.['status'];
    return {
      send: ({ call }) => call(`DELETE /v1/buckets/${id}`, { token }),
      due: async () => ((await status()) === 'deleted' ? 404 : 204),
      whole: async () => {
        if ((await status()) === 'active') expect(await stored(outside, bucketName)).toHaveLength(3);
      },
      done: async ({ call }) => {
        expect([await status(), await stored(outside, bucketName)]).toEqual(['deleted', undefined]);
        expect((await call(`GET /v1/buckets/${id}`, { token })).status).toBe(404);
        const audit = (await outside.rows('audit_log', { target: id })).map(({ action }) => action);
        expect(audit.sort()).toEqual(['bucket.create', 'bucket.delete', 'bucket.deleted']);
        const [size] = await outside.rows('storage_sizes', { bucketId: id });
        expect([Number(size?.['bytes']), Number(size?.['objects']), size?.['ended']]).toEqual([0, 0, true]);
        expect((await call(`DELETE /v1/projects/${projectId}`, { token })).status).toBe(204);
      },
    };
  },
};

const THEIRS = 'their-bucket';

/** A project with a connection to a bucket in which there is one object. */
const connectionTo = async (process: Process, { stranger }: Outside) => {
  const owner = await person(process.call);
  const projectId = await projectOf(process, owner);
  const json = connectionJson(THEIRS);
  stranger.admit({ id: json.access_key_id, secret: json.secret_access_key });
  expect((await stranger.objects.createBucket(THEIRS)).isOk()).toBe(true);
  const request = { token: owner.token, json, headers: newKey() };
  const made = await process.call(`POST /v1/projects/${projectId}/connections`, request);
  expect([made.status, made.text]).toEqual([201, made.text]);
  const id: string = made.body.id;
  const { token } = owner;
  await process.call(`PUT /v1/connections/${id}/objects?key=kept`, { token, bytes: 'kept' });
  return { projectId, token, id };
};

const createConnection: Operation = {
  name: 'creating a connection',
  least: 15,
  passing: ['storage tx.connections.add', 'storage tx.quota.take', 'sealer.seal', 'endpoints.judge'],
  prepare: async (process, outside) => {
    const owner = await person(process.call);
    const projectId = await projectOf(process, owner);
    const request = { token: owner.token, json: connectionJson(THEIRS), headers: newKey() };
    return {
      send: ({ call }) => call(`POST /v1/projects/${projectId}/connections`, request),
      due: () => 201,
      done: async ({ call }, { body }) => {
        expect(await outside.rows('connections', { accountId: projectId })).toMatchObject([
          { id: body.id, status: 'pending', version: 1 },
        ]);
        const { token } = owner;
        expect((await call(`GET /v1/connections/${body.id}`, { token })).body).toEqual(body);
        expect(await outside.rows('audit_log', { target: body.id })).toMatchObject([
          { action: 'connection.create', accountId: projectId },
        ]);
      },
    };
  },
};

const verifyConnection: Operation = {
  name: 'verifying a connection',
  least: 25,
  passing: [
    'storage tx.connections.save',
    'storageReaders.connectionWithKey',
    'sealer.open',
    'foreignStores.open',
    'foreignStores store.put',
    'foreignStores store.deleteMany',
  ],
  prepare: async (process, outside) => {
    const { token, id } = await connectionTo(process, outside);
    return {
      send: ({ call }) => call(`POST /v1/connections/${id}:verify`, { token }),
      due: () => 200,
      done: async ({ call }, { body }) => {
        expect(body.status).toBe('verified');
        expect((await call(`GET /v1/connections/${id}`, { token })).body.status).toBe('verified');
        expect(await stored({ ...outside, objects: outside.stranger.objects }, THEIRS)).toEqual([
          'photos/kept',
        ]);
      },
    };
  },
};

const deleteConnection: Operation = {
  name: 'deleting a connection',
  least: 10,
  passing: [
    'storage tx.connections.remove',
    'storage tx.quota.release',
    'openUploads.ofConnection',
    'foreignStores store.abortUpload',
    'openUploads.end',
  ],
  prepare: async (process, outside) => {
    const { token, id, projectId } = await connectionTo(process, outside);
    const owner = { kind: 'connection', accountId: projectId as AccountId, connectionId: id } as const;
    const upload = outside.stranger.beginUpload(THEIRS, 'photos/half' as ObjectKey);
    expect((await process.journalOf(owner).begun(upload)).isOk()).toBe(true);
    const left = () => outside.rows('connections', { id });
    return {
      send: ({ call }) => call(`DELETE /v1/connections/${id}`, { token }),
      due: async () => ((await left()).length === 0 ? 404 : 204),
      done: async ({ call }) => {
        expect(await left()).toEqual([]);
        expect((await call(`GET /v1/connections/${id}`, { token })).status).toBe(404);
        const audit = (await outside.rows('audit_log', { target: id })).map(({ action }) => action);
        expect(audit.sort()).toEqual(['connection.create', 'connection.delete']);
        expect(outside.stranger.openUploads()).toEqual([]);
        expect(await stored({ ...outside, objects: outside.stranger.objects }, THEIRS)).toEqual([
          'photos/kept',
        ]);
        expect((await call(`DELETE /v1/projects/${projectId}`, { token })).status).toBe(204);
      },
    };
  },
};

export const storageOperations = [
  createBucket,
  upload,
  deleteBucket,
  createConnection,
  verifyConnection,
  deleteConnection,
];
