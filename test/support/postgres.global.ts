import { chown, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { embeddedPostgres } from '../../src/adapters/embedded-postgres/launcher.js';
import { type Place, placeOf } from '../../src/adapters/embedded-postgres/place.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A server whose role may create databases. */
    postgresUrl: string;
    /** Where its databases lie in memory; undefined: it has no such place. */
    tablespace: string | undefined;
  }
}

/** Speed, not safety: the databases of a test run need not survive a power cut. */
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

const MEMORY = '/dev/shm';
const LEAST_BYTES = 2 * 1024 ** 3;
const TABLESPACE = 'memory';

const hasMemory = async (): Promise<boolean> => {
  const { bavail, bsize } = await statfs(MEMORY).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= LEAST_BYTES;
};

/** A clone of the template is a thousand files, which a disk takes up to half a second to make, and memory 20 ms. */
const inMemory = async (adminUrl: string, { uid, gid }: Place['runAs']) => {
  if (!(await hasMemory())) return { tablespace: undefined, remove: async () => undefined };
  const directory = await mkdtemp(join(MEMORY, 'tollhouse-test-'));
  if (uid !== undefined && gid !== undefined) await chown(directory, uid, gid);
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`create tablespace ${TABLESPACE} location '${directory}'`);
  await admin.query(`grant create on tablespace ${TABLESPACE} to public`);
  await admin.end();
  return { tablespace: TABLESPACE, remove: () => rm(directory, { recursive: true, force: true }) };
};

/** One PostgreSQL for the whole test run: TEST_DATABASE_URL's, else an embedded one that goes with the run. */
export const setup = async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) {
    project.provide('postgresUrl', given);
    project.provide('tablespace', undefined);
    return undefined;
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'tollhouse-test-'));
  const postgres = await embeddedPostgres({ dataDir, settings });
  const { home, runAs } = await placeOf(dataDir);
  const { tablespace, remove } = await inMemory(postgres.adminUrl, runAs);
  project.provide('postgresUrl', postgres.url);
  project.provide('tablespace', tablespace);
  return async () => {
    await postgres.leave();
    await rm(home, { recursive: true, force: true });
    await rm(dataDir, { recursive: true, force: true });
    await remove();
  };
};
