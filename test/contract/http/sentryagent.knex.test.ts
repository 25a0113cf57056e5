import { startApp } from '../../support/app.js';
import { freshDatabase } from '../../support/postgres.js';
import { sentryAgentContract } from './sentryagent.contract.js';

sentryAgentContract('PostgreSQL with 1 connection', async (options) => {
  // A use case that needs a second connection while it holds one would hang here.
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
