import { startApp } from '../../support/app.js';
import { freshDatabase } from '../../support/postgres.js';
import { datilioContract } from './datilio.contract.js';

// A use case that needs a second connection while it holds one would hang here.
datilioContract('PostgreSQL with 1 connection', async (options) => {
  const database = await freshDatabase(1);
  const app = await startApp({ ...options, db: database.db });
  return {
    ...app,
    close: async () => {
      await app.close();
      await database.close();
    },
  };
});
