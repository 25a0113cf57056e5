import pg from 'pg';
import { embeddedPostgres } from '../../../dist/adapters/embedded-postgres/launcher.js';

/** A process that uses the embedded PostgreSQL as its parent tells it to, one message at a time. */
let postgres;
const lines = [];

const query = async (connectionString, sql) => {
  const client = new pg.Client({ connectionString });
  client.on('error', () => {}); // a server that is killed meanwhile: the query fails as well and says so
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
};

const does = {
  start: async (options) => {
    postgres = await embeddedPostgres({ ...options, log: (line) => lines.push(line) });
    return { url: postgres.url, adminUrl: postgres.adminUrl, lines };
  },
  query: (sql) => query(postgres.url, sql),
  leave: () => postgres.leave(),
};

process.on('message', async ({ verb, argument }) => {
  try {
    process.send({ done: (await does[verb](argument)) ?? null });
  } catch (error) {
    process.send({ failed: String(error?.message ?? error) });
  }
});
