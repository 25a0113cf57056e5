import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Client, clientOf, type Person, person } from '../support/client.js';
import { freshDatabase, type TestDatabase } from '../support/postgres.js';
import { handTo, openTill, type Till, until } from './support/paying.js';
import { cleanUp, liveEnvironment, type Program, startProgram } from './support/server.js';

const AWAY = { success_url: 'https://app.example.com/paid', cancel_url: 'https://app.example.com/shop' };
const SMALL = 1_000;
const MIDDLE = 3_000;
const LARGE = 9_000;

let database: TestDatabase;
let till: Till;
let start: () => Promise<Program>;
let owner: Person;
let small: string;
let middle: string;
let large: string;
/** Lives on. */
let living: Client;
/** Is killed in every test. */
let mortal: Program | undefined;
let dying: Client;
let project: string;

/** The one that is killed runs, if need be again. */
const revive = async (): Promise<void> => {
  if (mortal) return;
  mortal = await start();
  dying = clientOf({ url: mortal.origin });
};

beforeAll(async () => {
  database = await freshDatabase(2);
  till = await openTill();
  // No worker: what is mended here is mended by whoever asks again, and not by a job that was faster.
  const environment = await liveEnvironment(database.url, { ...till.environment, ROLE: 'api' });
  start = () => startProgram(environment);
  living = clientOf({ url: (await start()).origin });
  owner = await person(living);
  const { id, token } = owner;
  await database.db('users').where({ id }).update({ platform_admin: true });
  small = await till.sell(living, token, 'Small', SMALL);
  middle = await till.sell(living, token, 'Middle', MIDDLE);
  large = await till.sell(living, token, 'Large', LARGE);
});
beforeEach(async () => {
  await revive();
  const json = { name: 'Payer' };
  project = (await living('POST /v1/projects', { token: owner.token, json })).body.id;
});
afterEach(() => till.faults.clear());
afterAll(async () => {
  await cleanUp();
  await till.close();
  await database.close();
});

const ask = (
  call: Client,
  at: string,
  { json, key }: { readonly json?: object; readonly key?: string } = {},
) => {
  const [method, path = ''] = at.split(' ');
  return call(`${method} /v1/projects/${project}${path}`, {
    token: owner.token,
    ...(json && { json }),
    ...(key && { headers: { 'idempotency-key': `${project}:${key}` } }),
  });
};
const checkout = (call: Client, key: string) =>
  ask(call, 'POST /checkout_session', { json: { ...AWAY, price_id: small }, key });
const change = (call: Client, price_id: string, key: string) =>
  ask(call, 'POST /plan', { json: { price_id }, key });
const subscription = async () => (await ask(living, 'GET /subscription')).body;

const told = ({ status, body }: Answer) => [status, body?.error?.code];

/** Sends what the processor has told since it was last asked; all of it is taken. */
const deliver = async (): Promise<void> => {
  for (const letter of await till.told()) expect((await handTo(living, letter)).status).toBe(200);
};

/** Kills it in the middle of a request that it will never answer. */
const killDuring = async (request: Promise<Answer>, reached: () => Promise<boolean>): Promise<void> => {
  const cut = expect(request).rejects.toThrow();
  await until(reached);
  expect(await mortal?.end('SIGKILL')).toBe('SIGKILL');
  mortal = undefined;
  await cut;
  till.faults.clear();
};

const openChanges = () =>
  database
    .db('billing_intents as i')
    .join('customers as c', 'c.id', 'i.customer_id')
    .where({ payer_account_id: project, state: 'open', kind: 'change_plan' });

const subscribe = async (): Promise<void> => {
  const page = await checkout(living, 'first');
  expect(page.status).toBe(200);
  await till.pay(page.body.url);
  await deliver();
  expect(await subscription()).toMatchObject({ status: 'active', price_id: small });
};

describe('a program that is killed while the processor keeps it waiting', () => {
  it('leaves the webhook that it had in hand to another, once its lease has run out', async () => {
    const page = await checkout(living, 'first');
    await till.pay(page.body.url);
    const letters = await till.told();
    const event = letters.find(({ type }) => type === 'customer.subscription.created');
    if (!event) throw new Error('the subscription was not told of');
    const claims = () => database.db('inbound_events').where({ event_id: event.id });
    till.faults.next('timeout_before', { call: 'GET /v1/subscriptions' });
    await killDuring(handTo(dying, event), async () => (await claims()).length === 1);
    expect(await claims()).toMatchObject([{ epoch: 1, done_at: null, lease_until: expect.any(Date) }]);

    const early = await handTo(living, event);
    expect([...told(early), early.headers.get('retry-after')]).toEqual([503, 'event_in_flight', '1']);
    expect((await subscription()).status).toBe('');

    // A minute passes, as far as this lease is concerned.
    await claims().update({ lease_until: database.db.raw(`lease_until - interval '1 minute'`) });
    for (const letter of [event, event, ...letters]) expect((await handTo(living, letter)).status).toBe(200);
    expect(await claims()).toMatchObject([{ epoch: 2, lease_until: null, done_at: expect.any(Date) }]);
    expect(await subscription()).toMatchObject({ status: 'active', price_id: small });
    const states = await database.db('events').where({ account_id: project, type: 'subscription.active' });
    expect(states).toHaveLength(1);
    expect(await till.ledger(project)).toEqual({ customers: 1, subscriptions: 1, pages: 1, paid: [SMALL] });
  });

  it('leaves the customer that it has just made to the same request, which makes no second one', async () => {
    till.faults.next('timeout_after', { call: 'POST /v1/customers' });
    await killDuring(checkout(dying, 'page'), async () => (await till.ledger(project)).customers === 1);
    const again = await checkout(living, 'page');
    expect(again.status).toBe(200);
    await till.pay(again.body.url);
    await deliver();
    expect((await subscription()).status).toBe('active');
    expect(await till.ledger(project)).toEqual({ customers: 1, subscriptions: 1, pages: 1, paid: [SMALL] });
  });

  it('leaves its page to pay on to the same request, and to another one an end of that page', async () => {
    till.faults.next('timeout_after', { call: 'POST /v1/checkout/sessions' });
    await killDuring(checkout(dying, 'page'), async () => (await till.ledger(project)).pages === 1);
    await revive();
    const again = await checkout(dying, 'page');
    expect(again.status).toBe(200);
    expect((await till.ledger(project)).pages).toBe(1);
    const newer = await checkout(living, 'newer');
    expect(newer.status).toBe(200);
    const late = await fetch(again.body.url, {
      method: 'POST',
      body: new URLSearchParams({ card: '4242424242424242' }),
    });
    expect(late.status).toBeGreaterThanOrEqual(400);
    await till.pay(newer.body.url);
    await deliver();
    expect(await subscription()).toMatchObject({ status: 'active', price_id: small });
    expect(await till.ledger(project)).toEqual({ customers: 1, subscriptions: 1, pages: 2, paid: [SMALL] });
  });

  it('leaves a change that was charged for to the same request, which charges nothing', async () => {
    await subscribe();
    till.faults.next('timeout_after', { call: 'POST /v1/subscriptions/' });
    const charged = async () => (await till.ledger(project)).paid.length === 2;
    await killDuring(change(dying, middle, 'up'), charged);
    expect((await subscription()).price_id).toBe(small);
    expect(told(await change(living, large, 'up'))).toEqual([422, 'idempotency_key_reused']);
    expect(told(await change(living, large, 'further'))).toEqual([409, 'change_in_progress']);
    await revive();
    for (const call of [dying, living]) {
      const again = await change(call, middle, 'up');
      expect([again.status, again.body.price_id]).toEqual([200, middle]);
    }
    await deliver();
    expect((await subscription()).price_id).toBe(middle);
    expect(await openChanges()).toEqual([]);
    const { paid, ...made } = await till.ledger(project);
    expect(made).toEqual({ customers: 1, subscriptions: 1, pages: 1 });
    expect(paid).toEqual([SMALL, MIDDLE - SMALL]);
  });

  it('leaves a change that nobody has made to whoever comes after a minute, who makes it first', async () => {
    await subscribe();
    till.faults.next('timeout_before', { call: 'POST /v1/subscriptions/' });
    await killDuring(change(dying, middle, 'up'), async () => (await openChanges()).length === 1);
    expect(told(await change(living, large, 'further'))).toEqual([409, 'change_in_progress']);
    expect(told(await ask(living, 'POST /subscription/cancel'))).toEqual([409, 'change_in_progress']);
    expect((await till.ledger(project)).paid).toEqual([SMALL]);

    // A minute passes, as far as this change is concerned.
    const ids = (await openChanges().select('i.id')).map(({ id }) => id);
    const minuteAgo = database.db.raw(`created_at - interval '1 minute'`);
    await database.db('billing_intents').whereIn('id', ids).update({ created_at: minuteAgo });
    const taken = await change(living, large, 'further');
    expect([taken.status, taken.body.price_id]).toEqual([200, large]);
    const late = await change(living, middle, 'up');
    expect([late.status, late.body.price_id]).toEqual([200, large]);
    await deliver();
    expect((await subscription()).price_id).toBe(large);
    expect(await openChanges()).toEqual([]);
    expect(await till.ledger(project)).toEqual({
      customers: 1,
      subscriptions: 1,
      pages: 1,
      paid: [SMALL, MIDDLE - SMALL, LARGE - MIDDLE],
    });
  });
});
