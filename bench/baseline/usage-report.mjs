// What a careful person writes by hand: ask the database for the sums, write down what it answers.
import { createServer } from 'node:http';
import pg from 'pg';

const { DATABASE_URL, POOL_SIZE, STATEMENTS } = process.env;
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: Number(POOL_SIZE) });
const statements = JSON.parse(STATEMENTS);

const server = createServer(async (_request, response) => {
  const answers = await Promise.all(statements.map((statement) => pool.query(statement)));
  const body = JSON.stringify(answers.map(({ rows }) => rows));
  response
    .setHeader('Content-Type', 'application/json; charset=utf-8')
    .setHeader('Content-Length', Buffer.byteLength(body))
    .end(body);
});
server.listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
