import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { clientOf } from '../support/client.js';
import { copiedDatabase, freshDatabase, type TestDatabase } from '../support/postgres.js';
import { deployment, fleetSite, webdavOn } from './support/fleet.js';
import { rcloneHere } from './support/gateways.js';
import { cleanUp } from './support/server.js';

/** Many looks of its reconciler, and a pass over what it takes for left behind. */
const WATCHED_MS = 8_000;

const rclone = await rcloneHere();

describe.skipIf(!rclone)('a second deployment on a copy of the database', () => {
  const databases: TestDatabase[] = [];
  const sweeps: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const sweep of sweeps) await sweep();
    await cleanUp();
    for (const { close } of databases) await close();
  });

  it('ends nothing of the first one, whatever is asked of it, and starts nothing of its own', async () => {
    const original = await freshDatabase(1);
    databases.push(original);
    const first = await deployment(original.url);
    sweeps.push(first.sweep);
    const program = await first.start('all');
    const site = await fleetSite(first);
    const bucket = await site.bucket('files');
    const id = await site.fileSystem(bucket);
    const client = webdavOn(await site.until(id, { status: 'running', phase: 'healthy' }));
    const alive = await first.children();
    expect(alive).toHaveLength(1);
    expect(await program.end('SIGKILL')).toBe('SIGKILL');
    await original.db.destroy();
    await original.db.initialize();

    const copy = await copiedDatabase(original, 1);
    databases.push(copy);
    // As a restored host would be: it even goes by the same name.
    const HOST_ID = (await readFile(join(first.dataDir, 'host-id'), 'utf8')).trim();
    const second = await deployment(copy.url, { HOST_ID });
    sweeps.push(second.sweep);
    await second.start('all');
    const { token } = site;
    const call = clientOf(second);
    expect((await call(`DELETE /v1/file-systems/${id}`, { token })).status).toBe(204);
    const made = await call(`POST /v1/projects/${site.project}/file-systems`, {
      token,
      json: { bucket_id: bucket, region: 'local' },
    });
    expect(made.status).toBe(201);
    await pause(WATCHED_MS);
    expect(await second.children()).toEqual([]);
    expect((await call(`GET /v1/file-systems/${made.body.id}`, { token })).body.status).toBe('pending');
    expect(await first.children()).toEqual(alive);

    await first.start('all');
    await site.until(id, { status: 'running', phase: 'healthy' });
    expect(await client.put('still-there', 'taken')).toBe(201);
    await site.flush(id);
    expect((await site.download(bucket, 'still-there')).toString()).toBe('taken');
    expect(await first.children()).toEqual(alive);
    await site.remove(id);
  });
});
