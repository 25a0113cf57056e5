import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Container } from 'inversify';
import { ok, okAsync, ResultAsync } from 'neverthrow';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knexOpenUploads } from '../../../src/adapters/knex/storage/open-uploads.js';
import { boot } from '../../../src/composition/boot.js';
import { readConfig } from '../../../src/composition/config.js';
import { contexts, ports } from '../../../src/composition/tokens.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import { DAY, instant, SECOND } from '../../../src/domain/shared/time.js';
import type { ObjectKey } from '../../../src/domain/storage/object-key.js';
import { newId } from '../../support/accounts.js';
import { rebind, startApp, type TestApp } from '../../support/app.js';
import { clientOf, connectionJson, world } from '../../support/client.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';

const KEY = 'photos/film.mp4' as ObjectKey;
let database: TestDatabase;
let directory: string;
beforeAll(async () => {
  database = await freshDatabase();
  directory = await mkdtemp(join(tmpdir(), 'tollhouse-uploads-'));
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

/** An upload of a process that died, behind the world's connection. */
const leftBehind = async (app: TestApp) => {
  const call = clientOf(app);
  const { projectId, connectionId, owner, stranger } = await world(app, call);
  const upload = app.strangers.s3.beginUpload(`their-${projectId}`, KEY);
  const journal = app.container
    .get(ports.uploadJournals)
    .of({ kind: 'connection', accountId: projectId as AccountId, connectionId });
  expect(await journal.begun(upload)).toEqual(ok(undefined));
  const reap = () => {
    app.clock.advance(DAY);
    return app.container.get(contexts.storage).reapUploads();
  };
  const remove = (token = owner.token) => call(`DELETE /v1/connections/${connectionId}`, { token });
  return { connectionId, remove, reap, strangersToken: stranger.token };
};

const NOTHING = { aborted: 0, left: 0, more: false };
const KEYS = { id: connectionJson('any').access_key_id };
const SILENCE = new Promise<never>(() => undefined);

type Entry = { action?: string; target?: string; data?: { uploadsAborted: number; uploadsLeft: number } };

/** What the audit says of the uploads behind a connection that was deleted: aborted, left. */
const audited = async (app: TestApp, connectionId: string) => {
  const rows: readonly Entry[] = JSON.parse(await app.everyRow());
  const entry = rows.find(({ action, target }) => action === 'connection.delete' && target === connectionId);
  return [entry?.data?.uploadsAborted, entry?.data?.uploadsLeft];
};

describe.each(['memory', 'knex'])('uploads that a dead process left behind a connection, on %s', (name) => {
  const open = (override: (container: Container) => void = () => undefined) =>
    startApp({ override, ...(name === 'knex' && { db: database.db }) });

  it('are aborted with the credentials of the connection', async () => {
    const app = await open();
    const { reap } = await leftBehind(app);
    expect(await reap()).toEqual(ok({ aborted: 1, left: 0, more: false }));
    expect(app.strangers.s3.openUploads()).toEqual([]);
    await app.close();
  });

  it('are aborted before the connection is deleted, whose credentials are gone then', async () => {
    const app = await open();
    const { remove, reap, connectionId } = await leftBehind(app);
    expect((await remove()).status).toBe(204);
    expect(app.strangers.s3.openUploads()).toEqual([]);
    expect(await audited(app, connectionId)).toEqual([1, 0]);
    for (let i = 0; i < 2; i += 1) expect(await reap()).toEqual(ok(NOTHING));
    await app.close();
  });

  it.each([
    ['is away', (app: TestApp) => app.strangers.s3.isDown(true)],
    ['does not know the credentials any more', (app: TestApp) => app.strangers.s3.dismiss(KEYS.id)],
  ])(
    'do not keep the connection when their store %s, and the audit says how many are left',
    async (_how, fail) => {
      const app = await open();
      const { remove, reap, connectionId } = await leftBehind(app);
      fail(app);
      expect((await remove()).status).toBe(204);
      expect(app.strangers.s3.openUploads()).toHaveLength(1);
      expect(await audited(app, connectionId)).toEqual([0, 1]);
      for (let i = 0; i < 2; i += 1) expect(await reap()).toEqual(ok(NOTHING));
      await app.close();
    },
  );

  it('keep the connection for ten seconds at the most when their store says nothing', async () => {
    let waited = 0;
    const app = await open((container) => {
      const stores = container.get(ports.foreignStores);
      rebind(container, ports.foreignStores, {
        open: (...given) => ({ ...stores.open(...given), abortUpload: () => new ResultAsync(SILENCE) }),
      });
      const { wait } = container.get(ports.pause);
      const soon = (): ResultAsync<void, never> => {
        waited += 1;
        return okAsync(undefined);
      };
      rebind(container, ports.pause, { wait: (ms) => (ms === 10 * SECOND ? soon() : wait(ms)) });
    });
    const { remove, reap, connectionId } = await leftBehind(app);
    expect((await remove()).status).toBe(204);
    expect(waited).toBe(1);
    expect(await audited(app, connectionId)).toEqual([0, 1]);
    expect(await reap()).toEqual(ok(NOTHING));
    await app.close();
  });

  it('go on behind a connection that cannot be deleted', async () => {
    const app = await open();
    const { remove, reap, connectionId } = await leftBehind(app);
    await app.mount(connectionId, newId());
    const refused = await remove();
    expect([refused.status, refused.body.error.code]).toEqual([409, 'connection_mounted']);
    expect(app.strangers.s3.openUploads()).toHaveLength(1);
    expect(await reap()).toEqual(ok({ ...NOTHING, aborted: 1 }));
    await app.close();
  });

  it('are none of anybody else’s who may not delete the connection', async () => {
    const app = await open();
    const { remove, reap, strangersToken } = await leftBehind(app);
    expect((await remove(strangersToken)).status).toBe(404);
    expect(app.strangers.s3.openUploads()).toHaveLength(1);
    expect(await reap()).toEqual(ok({ ...NOTHING, aborted: 1 }));
    await app.close();
  });
});

const live = (over: Record<string, string>) =>
  readConfig({
    NODE_ENV: 'production',
    DATABASE_URL: database.url,
    TOLLHOUSE_SECRET_KEY: 'a secret key of the tests that is long enough',
    TOLLHOUSE_DATA_DIR: directory,
    BASE_URL: 'https://api.example.com',
    SMTP_URL: 'smtp://127.0.0.1:1',
    PORT: '0',
    ...over,
  });

describe('a worker', () => {
  it('reaps uploads by itself', async () => {
    const uploads = knexOpenUploads(database.db);
    const owner = { kind: 'connection', accountId: newId() as AccountId, connectionId: newId() } as const;
    const begunAt = instant(0);
    expect(
      await uploads.begin({ id: newId(), owner, bucket: 'b', key: KEY, uploadId: 'u', begunAt }, begunAt),
    ).toEqual(ok(undefined));
    const running = await boot(live({ ROLE: 'worker' }), pino({ level: 'silent' }));
    for (let i = 0; i < 100 && (await database.db('open_uploads')).length > 0; i += 1) await setTimeout(100);
    expect(await database.db('open_uploads')).toEqual([]);
    await running.stop();
  });
});

describe('a process whose managed buckets live elsewhere', () => {
  it('answers, and keeps no objects here', async () => {
    const elsewhere = {
      MANAGED_STORE: 'gcs',
      MANAGED_GCS_SERVICE_ACCOUNT: JSON.stringify({
        type: 'service_account',
        client_email: 'robot@project-1.iam.gserviceaccount.com',
        private_key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      }),
    };
    const running = await boot(live({ ROLE: 'api', ...elsewhere }), pino({ level: 'silent' }));
    const response = await fetch(`http://127.0.0.1:${running.address?.port}/v1/config`);
    const { providers } = (await response.json()) as { providers: readonly unknown[] };
    expect(providers[0]).toMatchObject({ name: 'managed', regions: [{ name: 'US' }] });
    expect(await readdir(directory)).not.toContain('objects');
    const denied = await running.container.get(ports.objects).head('th-bucket', KEY);
    expect(denied._unsafeUnwrapErr()).toMatchObject({ kind: 'store_denied' });
    await running.stop();
  });
});
