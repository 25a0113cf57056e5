// What a careful person writes by hand, who knows the answer already: verify the token, read the body, answer it.
import Router from '@koa/router';
import { jwtVerify } from 'jose';
import Koa from 'koa';

const { JWT_KEY, JWT_ISSUER, JWT_AUDIENCE, ANSWER } = process.env;
const key = new Uint8Array(Buffer.from(JWT_KEY, 'base64url'));
const check = {
  algorithms: ['HS256'],
  issuer: JWT_ISSUER,
  audience: JWT_AUDIENCE,
  requiredClaims: ['exp', 'jti'],
};
const answer = JSON.parse(ANSWER);

const bodyOf = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
};

const router = new Router();
router.post('/v1/projects/:id/entitlements\\:check', async (ctx) => {
  try {
    await jwtVerify(ctx.get('authorization').slice('Bearer '.length), key, check);
  } catch {
    return ctx.throw(401);
  }
  const { feature } = await bodyOf(ctx.req);
  if (feature !== answer.feature) return ctx.throw(404);
  ctx.body = { ...answer, as_of: new Date() };
});

const server = new Koa().use(router.routes()).listen(0, '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
