import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ResultAsync } from 'neverthrow';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/domain/shared/time.js';
import { knexBillingRigs } from '../contract/ports/billing.rig.js';
import { openWire, type Wire } from './billing-webhooks.rig.js';

const rigs = knexBillingRigs();
afterAll(rigs.close);

type Rig = Awaited<ReturnType<typeof rigs.open>>;
let rig: Rig;
let wire: Wire;
let doors: { readonly url: string; readonly close: () => Promise<void> }[];
const openDoor = async (...given: Parameters<Wire['openDoor']>) => {
  const door = await wire.openDoor(...given);
  doors.push(door);
  return door;
};
beforeEach(async () => {
  doors = [];
  rig = await rigs.open();
  wire = await openWire(rig);
});
afterEach(async () => {
  for (const { close } of doors) await close();
  await wire.sandbox.close();
});

type Payer = Awaited<ReturnType<Wire['payer']>>;
const agrees = async (payer: Payer): Promise<void> => {
  const { ours, theirs } = await wire.sides(payer);
  expect(ours).toEqual(theirs);
};

const liveAt = async (processorId: string): Promise<readonly string[]> => {
  const { data } = await wire.sdk.subscriptions.list({ customer: processorId, status: 'active' });
  return data.map(({ id }) => id);
};

const rowsOf = (table: string): Promise<readonly Readonly<Record<string, unknown>>[]> => rig.db(table);

/** Writes down what comes, and takes it. */
const spyDoor = async (seen: { readonly body: string; readonly signature: string }[]) => {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const signature = String(request.headers['stripe-signature']);
      seen.push({ body: Buffer.concat(parts).toString(), signature });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const door = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async (): Promise<void> => {
      server.closeAllConnections();
      server.close();
    },
  };
  doors.push(door);
  return door;
};

/** Subscribes and is changed twice; every change is told. */
const history = async ({ processorId, metadata }: Payer): Promise<void> => {
  const { sdk } = wire;
  const [cheap, dear] = [await wire.price(1_000), await wire.price(3_000)];
  const { id, items } = await sdk.subscriptions.create({
    customer: processorId,
    items: [{ price: cheap }],
    metadata,
  });
  await sdk.subscriptions.update(id, { items: [{ id: items.data[0]?.id ?? '', price: dear }] });
  await sdk.subscriptions.update(id, { cancel_at_period_end: true });
};

describe('webhooks over the wire', () => {
  it('come to the same state when each is sent three times', async () => {
    const payer = await wire.payer();
    wire.sandbox.faults.copies(3);
    wire.sandbox.deliverTo((await openDoor('a door')).url);
    await history(payer);
    await wire.sandbox.delivered();
    await agrees(payer);
    expect(await wire.rows(payer.customer.id)).toMatchObject([{ status: 'active', cancelAtPeriodEnd: true }]);
    expect(new Set(wire.answered)).toEqual(new Set([200]));
  });

  it('come to the same state late, and the last one first', async () => {
    const payer = await wire.payer();
    wire.sandbox.faults.hold();
    wire.sandbox.deliverTo((await openDoor('a door')).url);
    await history(payer);
    await wire.sandbox.advance(3 * HOUR);
    const held = wire.sandbox.faults.held().map(({ id }) => id);
    expect(held.length).toBeGreaterThanOrEqual(3);
    await wire.sandbox.faults.release(held.reverse());
    await agrees(payer);
    expect(await wire.rows(payer.customer.id)).toMatchObject([{ cancelAtPeriodEnd: true, version: 1 }]);
  });

  it('are posted through two doors at once, and each event takes effect once', async () => {
    const payer = await wire.payer();
    const [one, other] = [await openDoor('one'), await openDoor('other')];
    const relay = async (): Promise<void> => {
      wire.sandbox.faults.hold();
      wire.sandbox.deliverTo(one.url);
      await history(payer);
      const held = wire.sandbox.faults.held().map(({ id }) => id);
      const first = wire.sandbox.faults.release(held);
      wire.sandbox.deliverTo(other.url);
      await Promise.all([first, wire.sandbox.faults.release(held)]);
    };
    await relay();
    await wire.sandbox.delivered();
    await agrees(payer);
    const events = await rowsOf('inbound_events');
    expect(events.every(({ done_at: doneAt }) => doneAt !== null)).toBe(true);
  });

  it('are taken when they are sent again after a failure', async () => {
    const payer = await wire.payer();
    wire.sandbox.faults.next('timeout_before', { call: 'GET /v1/subscriptions', times: 1 });
    wire.sandbox.faults.next('server_error', { call: 'GET /v1/subscriptions', times: 1 });
    wire.sandbox.faults.next('rate_limited', { call: 'GET /v1/subscriptions', times: 1 });
    wire.sandbox.deliverTo((await openDoor('a door')).url);
    await history(payer);
    await wire.sandbox.delivered();
    expect(wire.answered.filter((status) => status === 503)).toHaveLength(3);
    await agrees(payer);
  });

  it('wait while the processor cannot be asked, and find the way when it is back', async () => {
    const payer = await wire.payer();
    const { id } = await wire.sdk.subscriptions.create({
      customer: payer.processorId,
      items: [{ price: await wire.price(1_000) }],
      metadata: payer.metadata,
    });
    wire.sandbox.faults.next('server_error', {
      call: 'GET /v1/subscriptions',
      times: Number.POSITIVE_INFINITY,
    });
    wire.sandbox.deliverTo((await openDoor('a door')).url);
    await wire.sandbox.delivered();
    expect(wire.answered).toContain(503);
    expect(await wire.rows(payer.customer.id)).toEqual([]);
    expect((await wire.reconcile()).isOk()).toBe(true);
    expect(await wire.rows(payer.customer.id)).toEqual([]);

    wire.clock.advance(HOUR);
    wire.sandbox.faults.clear();
    await wire.sdk.subscriptions.update(id, { cancel_at_period_end: true });
    await wire.sandbox.delivered();
    await agrees(payer);
  });

  it('may be lost altogether: the next reconciliation knows', async () => {
    const payer = await wire.payer();
    await history(payer);
    expect(await wire.rows(payer.customer.id)).toEqual([]);
    expect((await wire.reconcile()).isOk()).toBe(true);
    await agrees(payer);
  });

  it('are worked on by another when the process dies that had them in hand', async () => {
    const payer = await wire.payer();
    let asked: () => void = () => undefined;
    const died = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { deps, sandbox } = wire;
    const ofCustomer = () => {
      asked();
      return new ResultAsync<never, never>(new Promise(() => undefined));
    };
    const subscriptions = { ...deps.processor.subscriptions, ofCustomer };
    const dying = await openDoor('dying', { ...deps, processor: { ...deps.processor, subscriptions } });
    const { id } = await wire.sdk.subscriptions.create({
      customer: payer.processorId,
      items: [{ price: await wire.price(1_000) }],
      metadata: payer.metadata,
    });
    sandbox.faults.hold();
    sandbox.deliverTo(dying.url);
    await wire.sdk.subscriptions.update(id, { cancel_at_period_end: true });
    const held = sandbox.faults
      .held()
      .map((event) => event.id)
      .slice(-1);
    const sent = sandbox.faults.release(held);
    await died;
    await dying.close();
    await sent;

    const living = await openDoor('living');
    sandbox.deliverTo(living.url);
    const before = wire.answered.length;
    await sandbox.faults.release(held);
    expect(wire.answered.slice(before)).toContain(503);
    wire.clock.advance(MINUTE);
    await sandbox.delivered();
    await agrees(payer);
    expect(await rowsOf('inbound_events')).toMatchObject([{ event_id: held[0], door: 'dying', epoch: 2 }]);
  });

  it('leave one subscription, the older, when a checkout is paid while another way subscribes', async () => {
    const payer = await wire.payer();
    wire.sandbox.deliverTo((await openDoor('a door')).url);
    const price = await wire.price(1_000);
    const session = await wire.sdk.checkout.sessions.create({
      customer: payer.processorId,
      mode: 'subscription',
      line_items: [{ price, quantity: 1 }],
      subscription_data: { metadata: payer.metadata },
      success_url: 'https://example.com/paid',
      cancel_url: 'https://example.com/',
    });
    const paid = fetch(session.url ?? '', {
      method: 'POST',
      body: new URLSearchParams({ card: '4242 4242 4242 4242' }),
      redirect: 'manual',
    });
    const direct = wire.sdk.subscriptions.create({
      customer: payer.processorId,
      items: [{ price }],
      metadata: payer.metadata,
    });
    expect((await paid).status).toBe(303);
    await direct;
    await wire.sandbox.delivered();
    expect(await liveAt(payer.processorId)).toHaveLength(1);
    await agrees(payer);
    const states = (await wire.rows(payer.customer.id)).map(({ status }) => status).sort();
    expect(states).toEqual(['active', 'ended']);
    const intents = await rowsOf('billing_intents');
    expect(intents).toMatchObject([{ kind: 'end_surplus', state: 'done' }]);
  });
});

describe('signatures over the wire', () => {
  it('are held to the bytes, the moment and the secret', async () => {
    const payer = await wire.payer();
    const { url } = await openDoor('a door');
    const seen: { readonly body: string; readonly signature: string }[] = [];
    const spy = await spyDoor(seen);
    wire.sandbox.deliverTo(spy.url);
    await history(payer);
    await wire.sandbox.delivered();
    const [caught] = seen;
    if (caught === undefined) throw new Error('nothing was sent');
    const { body, signature } = caught;
    const post = async (text: string, header: string | undefined): Promise<number> =>
      (
        await fetch(url, {
          method: 'POST',
          body: text,
          ...(header && { headers: { 'Stripe-Signature': header } }),
        })
      ).status;
    expect(await post(body, undefined)).toBe(400);
    expect(await post(body, signature.replace(/v1=./, 'v1=x'))).toBe(400);
    expect(
      await post(body, signature.replace(/t=\d+/, `t=${Math.floor(wire.clock.now() / 1_000) + 1}`)),
    ).toBe(400);
    expect(await post(JSON.stringify(JSON.parse(body), null, 2), signature)).toBe(400);
    expect(await rowsOf('inbound_events')).toEqual([]);
    expect(await post(body, signature)).toBe(200);
    const [first] = await rowsOf('inbound_events');
    expect(await post(body, signature)).toBe(200);
    expect(await rowsOf('inbound_events')).toEqual([first]);
    wire.clock.advance(6 * MINUTE);
    expect(await post(body, signature)).toBe(400);
  });
});
