import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { load, requestBytes } from '../harness/load.mjs';
import { pairs, summary } from '../harness/pairs.mjs';
import { startServer } from '../harness/processes.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';

const CONNECTIONS = 32;
const SECONDS = 4;
const GOAL = 0.7;
/** More than our server remembers as verified (10,000), so that every one of them is new to it again. */
const NEW_TOKENS = 12_000;

const startBaseline = ({ baselines, dir, databaseUrl, token }, key) => {
  const { iss, aud } = decodeJwt(token);
  return startServer({
    name: 'baseline',
    file: join(baselines, 'authenticated-read.mjs'),
    errors: join(dir, 'baseline.log'),
    env: {
      DATABASE_URL: databaseUrl,
      POOL_SIZE: '10',
      JWT_KEY: Buffer.from(key).toString('base64url'),
      JWT_ISSUER: iss,
      JWT_AUDIENCE: aud,
    },
  });
};

/** Tokens with the claims of `token`, each issued a second before the other, signed with `key`. */
const tokensLike = async (token, key, count) => {
  const header = decodeProtectedHeader(token);
  const claims = decodeJwt(token);
  const issued = Array.from({ length: count }, (_, n) => ({ ...claims, iat: claims.iat - n }));
  const tokens = [];
  for (const claim of issued) tokens.push(await new SignJWT(claim).setProtectedHeader(header).sign(key));
  return tokens;
};

/** The key with which our server signs these tokens. */
const ourKey = async (dist, { token, secretKey }) => {
  const { keyRing } = await import(pathToFileURL(join(dist, 'adapters/system/key-ring.js')).href);
  const { first } = keyRing([secretKey]).unwrapOr(undefined);
  return new Uint8Array(first.derive(`jwt ${decodeJwt(token).aud}`));
};

const reader = (server, path, tokens) => {
  const requests = tokens.map((token) => requestBytes('GET', path, { Authorization: `Bearer ${token}` }));
  const bodies = new Set();
  const collect = (bytes) => bodies.add(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4).toString());
  let asked = 0;
  const request = () => requests[asked++ % requests.length];
  const measure = async (round) => {
    const run = { port: server.port, connections: CONNECTIONS, seconds: SECONDS, request };
    const { count, seconds } = await load(round === 0 ? { ...run, onReply: collect } : run);
    return { work: count, seconds };
  };
  return { server, measure, bodies };
};

const units = { unit: 'requests/s', processorUnit: 'µs/request', processorScale: 1e6 };

const measureAt = async ({ name, kit, settings, goal, tokens = 1 }) => {
  const { dist, dir, databaseUrl, profileDir, baselines, count, note } = kit;
  const ours = await startTollhouse({ dist, dir, databaseUrl, profileDir, settings });
  try {
    const key = new Uint8Array(randomBytes(32));
    const baseline = await startBaseline({ baselines, dir, databaseUrl, token: ours.token }, key);
    try {
      const path = `/v1/projects/${ours.project.id}`;
      const sides = {
        ours: reader(ours, path, await tokensLike(ours.token, await ourKey(dist, ours), tokens)),
        baseline: reader(baseline, path, await tokensLike(ours.token, key, tokens)),
      };
      const measured = await pairs({ count, ...sides, onPair: note(name) });
      assert.deepEqual([...sides.ours.bodies].map(JSON.parse), [...sides.baseline.bodies].map(JSON.parse));
      return { name, goal, ...units, pairs: measured, ...summary(measured) };
    } finally {
      await baseline.stop();
    }
  } finally {
    await ours.stop();
  }
};

/** GET of a project with a session's token against Koa, the same token check and one SELECT. */
export const authenticatedRead = {
  name: 'authenticated-read',
  measure: async (kit) => [await measureAt({ name: 'authenticated-read', kit, settings: {}, goal: GOAL })],
};

/** The same with a token that the server has not seen lately in every request: nothing is remembered. */
export const authenticatedReadNewTokens = {
  name: 'authenticated-read-new-tokens',
  measure: async (kit) => [
    await measureAt({
      name: 'authenticated-read, new token each time',
      kit,
      settings: {},
      goal: GOAL,
      tokens: NEW_TOKENS,
    }),
  ],
};

/** The same with a log line for every request, which the baseline does not write. */
export const authenticatedReadLogged = {
  name: 'authenticated-read-logged',
  measure: async (kit) => [
    await measureAt({ name: 'authenticated-read, LOG_LEVEL=info', kit, settings: { LOG_LEVEL: 'info' } }),
  ],
};
