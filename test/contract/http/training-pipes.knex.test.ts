import { afterAll } from 'vitest';
import { startApp } from '../../support/app.js';
import { freshDatabase, type TestDatabase } from '../../support/postgres.js';
import { trainingPipesContract } from './training-pipes.contract.js';

const databases: TestDatabase[] = [];
afterAll(() => Promise.all(databases.map(({ close }) => close())));

const on = (poolSize: number) =>
  trainingPipesContract(`PostgreSQL with ${poolSize} connection(s)`, async (options) => {
    const database = await freshDatabase(poolSize);
    databases.push(database);
    return startApp({ ...options, db: database.db });
  });

on(10);
// A use case that needs a second connection while it holds one would hang here.
on(1);
