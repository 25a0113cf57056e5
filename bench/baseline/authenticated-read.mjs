// What a careful person writes by hand: verify the token, read the row, answer it.
import Router from '@koa/router';
import { jwtVerify } from 'jose';
import knex from 'knex';
import Koa from 'koa';

const { DATABASE_URL, POOL_SIZE, JWT_KEY, JWT_ISSUER, JWT_AUDIENCE } = process.env;
const db = knex({ client: 'pg', connection: DATABASE_URL, pool: { min: 0, max: Number(POOL_SIZE) } });
const key = new Uint8Array(Buffer.from(JWT_KEY, 'base64url'));
const check = {
  algorithms: ['HS256'],
  issuer: JWT_ISSUER,
  audience: JWT_AUDIENCE,
  requiredClaims: ['exp', 'jti'],
};
const columns = ['id', 'name', 'creator_id', 'created_at', 'updated_at'];

const router = new Router();
router.get('/v1/projects/:id', async (ctx) => {
  try {
    await jwtVerify(ctx.get('authorization').slice('Bearer '.length), key, check);
  } catch {
    return ctx.throw(401);
  }
  const row = await db('accounts').where({ id: ctx.params.id }).first(columns);
  if (!row) return ctx.throw(404);
  ctx.body = row;
});

const server = new Koa().use(router.routes()).listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
