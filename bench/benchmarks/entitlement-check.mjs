import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import pg from 'pg';
import { load, requestBytes } from '../harness/load.mjs';
import { pairs, summary } from '../harness/pairs.mjs';
import { startServer } from '../harness/processes.mjs';
import { startTollhouse } from '../harness/tollhouse.mjs';

const CONNECTIONS = 32;
const SECONDS = 4;
const GOAL = 0.8;
/** Of which the answer is not the same for everybody: how many there are is counted. */
const FEATURE = 'buckets';
const ASKED = { feature: FEATURE, amount: 1 };

/** A project of one owner for each of these, so that what is remembered of one serves no other. */
const manyProjects = async (databaseUrl, project, count) => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      `with made as (
         insert into accounts (id, version, kind, name, creator_id, created_at, updated_at)
         select gen_random_uuid(), 1, 'platform', 'bench', a.creator_id, now(), now()
           from accounts a, generate_series(1, $2) where a.id = $1
         returning id, creator_id
       ), joined as (
         insert into memberships (id, version, account_id, user_id, role, status, invitation_accepted_at, created_at)
         select gen_random_uuid(), 1, id, creator_id, 'owner', 'accepted', now(), now() from made
       )
       select id from made`,
      [project, count],
    );
    await client.query('analyze');
    return rows.map(({ id }) => id);
  } finally {
    await client.end();
  }
};

const startBaseline = async ({ baselines, dir }, { token, answer }, key) => {
  const { iss, aud } = decodeJwt(token);
  return startServer({
    name: 'baseline',
    file: join(baselines, 'entitlement-check.mjs'),
    errors: join(dir, 'baseline.log'),
    env: {
      JWT_KEY: Buffer.from(key).toString('base64url'),
      JWT_ISSUER: iss,
      JWT_AUDIENCE: aud,
      ANSWER: JSON.stringify(answer),
    },
  });
};

const headersWith = (token, body) => ({
  Authorization: `Bearer ${token}`,
  'Content-Type': 'application/json',
  'Content-Length': String(body.length),
});

const asker = (server, projects, token) => {
  const body = Buffer.from(JSON.stringify(ASKED));
  const requests = projects.map((id) =>
    requestBytes('POST', `/v1/projects/${id}/entitlements:check`, headersWith(token, body), body),
  );
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

const ask = async ({ port, token, project }) => {
  const response = await fetch(`http://127.0.0.1:${port}/v1/projects/${project.id}/entitlements:check`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(ASKED),
  });
  assert.equal(response.status, 200);
  return response.json();
};

const without = ({ as_of: _moment, used: _use, remaining: _rest, ...answer }) => answer;

const measureAt = async ({ name, kit, goal, projects: count }) => {
  const { dist, dir, databaseUrl, profileDir, count: rounds, note } = kit;
  const ours = await startTollhouse({ dist, dir, databaseUrl, profileDir });
  try {
    const { token, project } = ours;
    const projects = count === 1 ? [project.id] : await manyProjects(databaseUrl, project.id, count);
    const key = new Uint8Array(randomBytes(32));
    const theirs = await new SignJWT(decodeJwt(token))
      .setProtectedHeader(decodeProtectedHeader(token))
      .sign(key);
    const baseline = await startBaseline(kit, { token, answer: await ask(ours) }, key);
    try {
      const sides = { ours: asker(ours, projects, token), baseline: asker(baseline, projects, theirs) };
      const measured = await pairs({ count: rounds, ...sides, onPair: note(name) });
      const [said, expected] = [sides.ours, sides.baseline].map(({ bodies }) => [...bodies].map(JSON.parse));
      for (const answer of said) assert.deepEqual(without(answer), without(expected[0]));
      const units = { unit: 'requests/s', processorUnit: 'µs/request', processorScale: 1e6 };
      return { name, goal, ...units, pairs: measured, ...summary(measured) };
    } finally {
      await baseline.stop();
    }
  } finally {
    await ours.stop();
  }
};

/** May this project have one more? Asked over and over, against Koa, a body, the same token check and a ready answer. */
export const entitlementCheck = {
  name: 'entitlement-check',
  measure: async (kit) => [await measureAt({ name: 'entitlement check', kit, goal: GOAL, projects: 1 })],
};

/** The same for 2,000 projects in turn: more than are remembered, so that each check is read from the database. */
export const entitlementCheckManyProjects = {
  name: 'entitlement-check-many-projects',
  measure: async (kit) => [
    await measureAt({ name: 'entitlement check, 2,000 projects in turn', kit, projects: 2_000 }),
  ],
};
