import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { FOLDER_JOB } from '../../../src/application/storage/finish-folder.js';
import { ports } from '../../../src/composition/tokens.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { NOW, type TestApp } from '../../support/app.js';
import {
  type Client,
  clientOf,
  connected,
  connectionJson,
  person,
  type World,
} from '../../support/client.js';
import { CLIENT_EMAIL, keyFile } from '../../support/gcp-key-file.js';
import { type Open, onStage } from './rig.js';

/** Connections, as the people of a project make, see and delete them. */
export const connectionsScenarios = (open: Open, answered: Set<string>) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });
  const create = (json: unknown, token = here.admin.token, projectId = here.projectId) =>
    call(`POST /v1/projects/${projectId}/connections`, { token, json });
  const get = (id: string, token = here.member.token) => call(`GET /v1/connections/${id}`, { token });
  const remove = (id: string, token = here.admin.token) => call(`DELETE /v1/connections/${id}`, { token });
  const gcp = (file = keyFile()) => ({
    provider: 'gcp',
    uri: 'gs://their-bucket',
    region: 'gcp:europe-west1',
    gcp_spec: { service_account_json: file },
  });

  describe('a connection', () => {
    it('is pending, shows where it leads and as whom, and is the same to all who may see it', async () => {
      const json = connectionJson('their-bucket');
      const made = await create({ ...json, s3_spec: { ...json.s3_spec, bucket_name: 'their-bucket' } });
      expect([made.status, made.body]).toEqual([
        201,
        {
          id: made.body.id,
          project_id: here.projectId,
          provider: 's3compat',
          uri: 's3://their-bucket/photos',
          region: 'somewhere-1',
          status: 'pending',
          s3_spec: {
            bucket_name: 'their-bucket',
            region: 'somewhere-1',
            endpoint: 'https://s3.example.com',
            access_key_id: json.access_key_id,
          },
          created_at: made.body.created_at,
          updated_at: made.body.created_at,
        },
      ]);
      expect((await get(made.body.id)).body).toEqual(made.body);
      const list = await call(`GET /v1/projects/${here.projectId}/connections`, { token: here.member.token });
      expect(list.body.items).toContainEqual(made.body);
      expect(list.body.items[0].id).toBe(here.connectionId);
    });

    it('leads to Google’s store by a key file, and to Amazon’s by its region alone', async () => {
      const google = await create(gcp());
      expect([google.status, google.body]).toMatchObject([
        201,
        {
          provider: 'gcp',
          region: 'gcp:europe-west1',
          gcp_spec: {
            bucket_name: 'their-bucket',
            region: 'europe-west1',
            client_email: CLIENT_EMAIL,
            project_id: 'their-project',
          },
        },
      ]);
      const { s3_spec: _, ...aws } = { ...connectionJson('their-bucket'), provider: 'aws' };
      const amazon = await create({ ...aws, region: 'aws:eu-central-1' });
      expect([amazon.status, amazon.body.region, amazon.body.s3_spec]).toEqual([
        201,
        'aws:eu-central-1',
        { bucket_name: 'their-bucket', region: 'eu-central-1', access_key_id: aws.access_key_id },
      ]);
    });

    it('is refused, by the name of the field, when it cannot be one', async () => {
      const json = connectionJson('their-bucket');
      const spec = (over: object) => ({ ...json, s3_spec: { ...json.s3_spec, ...over } });
      for (const [field, body] of [
        ['uri', { ...json, uri: 's3://their-bucket/../other' }],
        ['region', { ...json, region: 'a b' }],
        ['access_key_id', { ...json, access_key_id: '' }],
        ['secret_access_key', { ...json, secret_access_key: '' }],
        ['s3_spec.access_key_id', spec({ access_key_id: 'another' })],
        ['s3_spec.secret_access_key', spec({ secret_access_key: 'another' })],
        ['s3_spec.bucket_name', spec({ bucket_name: 'another' })],
        ['s3_spec.region', spec({ region: 'another' })],
        ['s3_spec.endpoint', spec({ endpoint: '' })],
        ['gcp_spec', { ...json, gcp_spec: { region: 'us' } }],
        ['gcp_spec.bucket_name', { ...gcp(), gcp_spec: { ...gcp().gcp_spec, bucket_name: 'another' } }],
        ['gcp_spec.region', { ...gcp(), gcp_spec: { ...gcp().gcp_spec, region: 'us' } }],
        ['gcp_spec.service_account_json', gcp(keyFile({ type: 'external_account' }))],
        ['gcp_spec.service_account_json', gcp(keyFile({ type: 'impersonated_service_account' }))],
      ] as const) {
        const answer = await create(body);
        const { code, details, message } = answer.body.error;
        expect([answer.status, code, details]).toEqual([400, 'invalid_connection', [{ field, message }]]);
      }
      const typed = await create(spec({ endpoint: 7 }));
      expect([typed.status, typed.body.error.details[0].field]).toEqual([400, 's3_spec.endpoint']);
    });

    it.each([
      'http://127.0.0.1:9000',
      'https://169.254.169.254',
      'https://[::ffff:a9fe:a9fe]',
      'https://[::1]',
      'https://127.1',
      'https://0x7f000001',
      'https://2130706433',
      'https://0',
      'https://10.0.0.1',
      'https://localhost',
      'https://localhost.',
      'http://s3.example.com',
      'file:///etc/passwd',
      'ftp://s3.example.com',
      's3.example.com',
      'https://user:password@s3.example.com',
      'https://s3.example.com/?path',
      `https://${'a'.repeat(600)}.example.com`,
    ])('is refused when its endpoint is %s', async (endpoint) => {
      for (const provider of ['s3compat', 'aws']) {
        const region = 'us-east-1';
        const answer = await create({ ...connectionJson('theirs'), provider, region, s3_spec: { endpoint } });
        expect([answer.status, answer.body.error.code, answer.body.error.details[0].field]).toEqual([
          400,
          'invalid_connection',
          's3_spec.endpoint',
        ]);
      }
    });

    it('leads into networks of the operator’s own, and there without TLS, where these are allowed', async () => {
      const near = await open({ environment: { OUTBOUND_ALLOW: '10.0.0.0/8' } });
      const client = clientOf(near);
      const { token } = await person(client);
      const { id } = (await client('POST /v1/projects', { token, json: { name: 'Near' } })).body;
      const statuses = await Promise.all(
        ['http://10.1.2.3:9000', 'https://10.1.2.3', 'http://s3.example.com', 'http://127.0.0.1:9000'].map(
          async (endpoint) => {
            const json = { ...connectionJson('theirs'), s3_spec: { endpoint } };
            return (await client(`POST /v1/projects/${id}/connections`, { token, json })).status;
          },
        ),
      );
      expect(statuses).toEqual([201, 201, 201, 400]);
      await near.close();
    });

    it('is refused beyond the project’s quota, and one that is deleted makes room', async () => {
      const { token } = await person(call);
      const { id } = (await call('POST /v1/projects', { token, json: { name: 'Full' } })).body;
      const ids: string[] = [];
      for (let i = 0; i < 20; i += 1) ids.push((await create(connectionJson('theirs'), token, id)).body.id);
      const beyond = await create(connectionJson('theirs'), token, id);
      expect([beyond.status, beyond.body.error.code]).toEqual([403, 'quota_exceeded']);
      const page = await call(`GET /v1/projects/${id}/connections?page_size=7`, { token });
      expect(page.body.items.map((one: { id: string }) => one.id)).toEqual(ids.slice(0, 7));
      const next = `page_size=1000&page_token=${page.body.next_page_token}`;
      const rest = await call(`GET /v1/projects/${id}/connections?${next}`, { token });
      expect(rest.body.items.map((one: { id: string }) => one.id)).toEqual(ids.slice(7));
      expect((await remove(ids[0] ?? '', token)).status).toBe(204);
      expect((await create(connectionJson('theirs'), token, id)).status).toBe(201);
    });
  });

  describe('deleting a connection', () => {
    const made = (name: string) =>
      connected(app, call, here.projectId, here.admin.token, connectionJson(name));

    it('leaves nothing of it, and the bucket as it is', async () => {
      const [id, same] = [await made('left-alone'), await made('left-alone')];
      const objects = (of: string) => `/v1/connections/${of}/objects`;
      const { token } = here.member;
      await call(`PUT ${objects(id)}?key=kept`, { token, bytes: 'kept' });
      expect((await remove(id)).status).toBe(204);
      for (const at of [`GET /v1/connections/${id}`, `GET ${objects(id)}`, `PUT ${objects(id)}?key=k`])
        expect([at, (await call(at, { token })).status]).toEqual([at, 404]);
      expect((await remove(id)).status).toBe(404);
      const kept = await call(`GET ${objects(same)}/download?key=kept`, { token });
      expect([kept.status, kept.text]).toEqual([200, 'kept']);
    });

    it('is refused while a file system works through it', async () => {
      const id = await made('mounted');
      await app.mount(id, uuidv7());
      const answer = await remove(id);
      expect([answer.status, answer.body.error.code]).toEqual([409, 'connection_mounted']);
      expect((await get(id)).status).toBe(200);
    });

    it('comes before deleting its project', async () => {
      const { token } = await person(call);
      const { id } = (await call('POST /v1/projects', { token, json: { name: 'P' } })).body;
      const connection = (await create(connectionJson('theirs'), token, id)).body.id;
      const early = await call(`DELETE /v1/projects/${id}`, { token });
      expect([early.status, early.body.error.code]).toEqual([409, 'project_not_empty']);
      await remove(connection, token);
      expect((await call(`DELETE /v1/projects/${id}`, { token })).status).toBe(204);
    });

    it('ends the jobs that still delete in its folders, without a word', async () => {
      const id = await made('halfway');
      const job = {
        id: uuidv7(),
        kind: FOLDER_JOB,
        accountId: here.projectId as AccountId,
        payload: { container: { kind: 'connection', id }, prefix: 'dir/', requestedAt: NOW },
        runAt: app.clock.now(),
      };
      const queued = await app.container.get(ports.storage).run((tx) => tx.jobs.enqueue(job));
      expect(queued.isOk()).toBe(true);
      expect((await remove(id)).status).toBe(204);
      await app.drain();
      expect(await app.everyRow()).not.toContain(`"${job.id}"`);
    });
  });
};
