import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Client, clientOf, type Person, person } from '../support/client.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { postgresDoor } from './support/postgres-door.js';
import { cleanUp, liveEnvironment, type Program, startProgram } from './support/server.js';

const MAX_AGE = 250;
/** For so long after a change answers are looked at. */
const LONG_AFTER = 700;
const LIMIT = 50;

let database: TestDatabase;
let door: Awaited<ReturnType<typeof postgresDoor>>;
let programs: readonly Program[];
/** Two processes; only the second one's way to the database can be cut. */
let one: Client;
let other: Client;
let owner: Person;
let project: string;

const created = async (
  path: string,
  json: unknown,
): Promise<{ readonly id: string; readonly key: string }> => {
  const answer = await one(`POST /v1/${path}`, { token: owner.token, json });
  expect([answer.status, answer.text]).toEqual([201, answer.text]);
  return answer.body;
};

beforeAll(async () => {
  database = await freshDatabase(2);
  door = await postgresDoor(database.url);
  const environment = await liveEnvironment(database.url, { REQUESTS_PER_MINUTE: '10000000' });
  programs = await Promise.all(
    [database.url, door.url].map((DATABASE_URL) => startProgram({ ...environment, DATABASE_URL })),
  );
  [one, other] = programs.map(({ origin }) => clientOf({ url: origin })) as [Client, Client];
  owner = await person(one);
  await database.db('users').where({ id: owner.id }).update({ platform_admin: true });
  project = (await created('projects', { name: 'Project' })).id;
});
afterAll(async () => {
  await cleanUp();
  door.close();
  await database.close();
});

type Heard = { readonly askedAt: number; readonly answer: Answer };

const asking = (call: Client, token: string, feature: string) =>
  call(`POST /v1/projects/${project}/entitlements:check`, { token, json: { feature } });

/** Asks over and over, so that there is always something fresh to remember, while `change` happens. */
const heardAround = async (
  ask: () => Promise<Answer>,
  change: () => Promise<unknown>,
): Promise<{ readonly heard: readonly Heard[]; readonly changedAt: number }> => {
  const heard: Heard[] = [];
  let until = Number.POSITIVE_INFINITY;
  const hear = async (): Promise<void> => {
    while (Date.now() < until) {
      const askedAt = Date.now();
      heard.push({ askedAt, answer: await ask() });
      await pause(1);
    }
  };
  const listening = Promise.all([hear(), hear()]);
  await pause(LONG_AFTER);
  const changing = change();
  // Whoever listens has to hear of the end, whatever became of the change.
  await changing.catch(() => undefined);
  const changedAt = Date.now();
  until = changedAt + LONG_AFTER;
  await listening;
  await changing;
  return { heard, changedAt };
};

/** By then whoever is asked must know. */
const lateIn = (heard: readonly Heard[], changedAt: number) =>
  heard.filter(({ askedAt }) => askedAt >= changedAt + MAX_AGE).map(({ answer }) => answer);

/** No answer is from before 250 ms ago, whatever else is wrong. */
const expectFresh = (heard: readonly Heard[]): void => {
  const ages = heard
    .filter(({ answer }) => answer.status === 200)
    .map(({ askedAt, answer }) => askedAt - Date.parse(answer.body.as_of));
  expect(Math.max(...ages)).toBeLessThanOrEqual(MAX_AGE);
};

describe('what one process changes', () => {
  const limits = (answers: readonly Answer[]) => new Set(answers.map(({ body }) => body.limit));

  it('is known in another within 250 ms: a plan, an override, a posture', async () => {
    const feature = await created('subscription-features', { name: 'Calls', is_usage_based: true });
    const plan = randomUUID();
    await database.db.raw(
      `insert into plans (seller_id, id, version, catalogue, name, product_id, traits, created_at, updated_at)
       select id, ?, 1, 'training-pipes', 'Plan', 'prod', '{}', now(), now() from sellers limit 1`,
      [plan],
    );
    const price = randomUUID();
    await database.db.raw(
      `insert into plan_prices (seller_id, id, plan_id, processor_id, amount, currency, interval, interval_count, active)
       select seller_id, ?, id, 'price', 100, 'usd', 'month', 1, true from plans where id = ?`,
      [price, plan],
    );
    await subscribed(price);
    const included = await created('subscription-plan-features', {
      subscription_plan_id: plan,
      subscription_feature_id: feature.id,
      usage_limit: 1,
    });
    const ask = () => asking(other, owner.token, 'calls');
    const patch = () =>
      one(`PATCH /v1/subscription-plan-features/${included.id}`, {
        token: owner.token,
        json: { usage_limit: 2 },
      });
    const planned = await heardAround(ask, patch);
    expect(limits(lateIn(planned.heard, planned.changedAt))).toEqual(new Set([2]));
    expect(limits(planned.heard.map(({ answer }) => answer))).toEqual(new Set([1, 2]));
    expectFresh(planned.heard);

    const put = () =>
      one(`PUT /v1/projects/${project}/entitlements/calls/override`, {
        token: owner.token,
        json: { usage_limit: 3, reason: 'More' },
      });
    const overridden = await heardAround(ask, put);
    expect(limits(lateIn(overridden.heard, overridden.changedAt))).toEqual(new Set([3]));

    const suspend = async () => {
      await database.db('workspace_settings').insert({
        account_id: project,
        state: 'suspended_read_only',
        reason: 'Not paid',
        changed_at: new Date(),
        changed_by: owner.id,
      });
    };
    const suspended = await heardAround(ask, suspend);
    const outcomes = lateIn(suspended.heard, suspended.changedAt).map(({ body }) => body.reason);
    expect(new Set(outcomes)).toEqual(new Set(['lifecycle_blocked']));
    await database.db('workspace_settings').where({ account_id: project }).delete();
  });

  it('shuts out a revoked API key there within 250 ms', async () => {
    const { id, key } = await created('api-keys', { name: 'worker' });
    const revoke = () => one(`DELETE /v1/api-keys/${id}`, { token: owner.token });
    const { heard, changedAt } = await heardAround(() => asking(other, key, 'buckets'), revoke);
    expect(new Set(lateIn(heard, changedAt).map(({ status }) => status))).toEqual(new Set([401]));
    expect(new Set(heard.map(({ answer }) => answer.status))).toEqual(new Set([200, 401]));
  });
});

/** A row of a subscription as the processor's webhooks would have made it. */
const subscribed = async (price: string): Promise<void> => {
  const customer = randomUUID();
  await database.db.raw(
    `insert into customers (seller_id, id, version, payer_account_id, created_at)
     select id, ?, 1, ?, now() from sellers limit 1`,
    [customer, project],
  );
  await database.db.raw(
    `insert into subscriptions (seller_id, id, version, customer_id, price_id, status, truth_source,
       cancel_at_period_end, period_start, period_end, started_at)
     select id, ?, 1, ?, ?, 'active', 'asserted', false, now() - interval '1 day', now() + interval '29 days', now()
       from sellers limit 1`,
    [randomUUID(), customer, price],
  );
};

describe('a process that is cut off from the database', () => {
  it('answers 503 when what it knows is 250 ms old, never what was so before, and goes on when it is back', async () => {
    const ask = () => asking(other, owner.token, 'buckets');
    const { heard, changedAt } = await heardAround(ask, async () => door.shut());
    expectFresh(heard);
    expect(new Set(lateIn(heard, changedAt).map(({ status }) => status))).toEqual(new Set([503]));
    door.reopen();
    await expect.poll(async () => (await ask()).status).toBe(200);
  });

  it('sets nothing aside beyond the limit, together with the others and through a cut', async () => {
    await created('subscription-features', { name: 'Seats', is_usage_based: true });
    const override = `PUT /v1/projects/${project}/entitlements/seats/override`;
    await one(override, { token: owner.token, json: { usage_limit: LIMIT, reason: 'So many' } });
    const keys = Array.from({ length: 40 }, (_, n) => `seat-${n}`);
    const reserve = (call: Client, key: string) =>
      call(`POST /v1/projects/${project}/entitlements:reserve`, {
        token: owner.token,
        json: { feature: 'seats', amount: 3, ttl_seconds: 3_600 },
        headers: { 'idempotency-key': key },
      });
    const asked = keys.map((key, n) => reserve(n % 2 === 0 ? one : other, key));
    await pause(20);
    door.shut();
    await pause(50);
    door.reopen();
    const first = await Promise.all(asked);
    expect(first.some(({ status }) => status === 503)).toBe(true);
    // Who was not told asks again with the same key, wherever.
    const settled: Answer[] = [];
    for (const [n, answer] of first.entries())
      settled.push(answer.status === 503 ? await reserve(one, keys[n] ?? '') : answer);
    const most = Math.floor(LIMIT / 3);
    expect(settled.filter(({ status }) => status === 201)).toHaveLength(most);
    expect(settled.filter(({ status }) => status === 403)).toHaveLength(keys.length - most);
    expect(new Set(settled.flatMap(({ status, body }) => (status === 201 ? [body.id] : []))).size).toBe(most);
    const { rows } = await database.db.raw(
      `select c.reserved from usage_counters c join features f on f.id = c.feature_id
        where f.key = 'seats' and c.account_id = ? and c.window_kind = 'lifetime'`,
      [project],
    );
    expect(Number(rows[0].reserved)).toBe(most * 3);
  });
});
