import { startApp } from '../../support/app.js';
import { freshDatabase } from '../../support/postgres.js';
import { trainingPipesContract } from './training-pipes.contract.js';

/** The contract on PostgreSQL, with so many connections. */
export const trainingPipesOnKnex = (poolSize: number) =>
  trainingPipesContract(`PostgreSQL with ${poolSize} connection(s)`, async (options) => {
    const database = await freshDatabase(poolSize);
    const app = await startApp({ ...options, db: database.db });
    return {
      ...app,
      // With its server each database goes too: all at once would hold more connections than there are.
      close: async () => {
        await app.close();
        await database.close();
      },
    };
  });
