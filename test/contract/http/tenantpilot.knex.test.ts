import { afterAll } from 'vitest';
import { startApp } from '../../support/app.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { tenantPilotContract } from './tenantpilot.contract.js';

const databases: TestDatabase[] = [];
afterAll(() => Promise.all(databases.map(({ close }) => close())));

tenantPilotContract('PostgreSQL', async (options) => {
  const database = await freshDatabase(4);
  databases.push(database);
  return startApp({ ...options, db: database.db });
});
