import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { embeddedPostgres } from '../../src/adapters/embedded-postgres/launcher.js';
import { placeOf } from '../../src/adapters/embedded-postgres/place.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A server whose role may create databases. */
    postgresUrl: string;
  }
}

/** Speed, not safety: the databases of a test run need not survive a power cut. */
const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

/** One PostgreSQL for the whole test run: TEST_DATABASE_URL's, else an embedded one that goes with the run. */
export const setup = async (project: TestProject): Promise<(() => Promise<void>) | undefined> => {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) {
    project.provide('postgresUrl', given);
    return undefined;
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'tollhouse-test-'));
  const postgres = await embeddedPostgres({ dataDir, settings });
  project.provide('postgresUrl', postgres.url);
  return async () => {
    await postgres.leave();
    const { home } = await placeOf(dataDir);
    await rm(home, { recursive: true, force: true });
    await rm(dataDir, { recursive: true, force: true });
  };
};
