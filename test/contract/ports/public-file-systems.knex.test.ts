import { afterAll } from 'vitest';
import { knexPublicFileSystems } from '../../../src/adapters/knex/fleet/public-file-systems.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { publicFileSystemsContract } from './public-file-systems.contract.js';

const opened: TestDatabase[] = [];
afterAll(() => Promise.all(opened.map((database) => database.close())));

publicFileSystemsContract('knex', async () => {
  const database = await freshDatabase();
  opened.push(database);
  return knexPublicFileSystems(database.db);
});
