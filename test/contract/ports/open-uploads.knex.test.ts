import { afterAll } from 'vitest';
import { knexOpenUploads } from '../../../src/adapters/knex/storage/open-uploads.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { openUploadsContract } from './open-uploads.contract.js';

const opened: TestDatabase[] = [];
afterAll(() => Promise.all(opened.map((database) => database.close())));

openUploadsContract('knex', async () => {
  const database = await freshDatabase();
  opened.push(database);
  return knexOpenUploads(database.db);
});
