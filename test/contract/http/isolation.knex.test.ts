import { afterAll } from 'vitest';
import { startApp } from '../../support/app.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { isolation } from './isolation.property.js';

const databases: TestDatabase[] = [];
afterAll(() => Promise.all(databases.map(({ close }) => close())));

isolation(
  'PostgreSQL',
  async (options) => {
    const database = await freshDatabase();
    databases.push(database);
    return startApp({ ...options, db: database.db });
  },
  3,
  120_000,
);
