import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { signedBytes } from '../../../../src/adapters/memory/billing/processor-events.js';
import { type InboundEventRow, TABLES } from '../../../../src/adapters/memory/billing/rows.js';
import { type AuditRow, TABLES as SHARED } from '../../../../src/adapters/memory/shared/rows.js';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { receiveEvent } from '../../../../src/application/billing/events/receive-event.js';
import { labelsOf } from '../../../../src/domain/billing/labels.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import { MINUTE, plus, SECOND } from '../../../../src/domain/shared/time.js';
import type { ConnectionRef } from '../../../../src/ports/billing/processor.js';
import type { DomainEvent } from '../../../../src/ports/shared/events.js';
import { NOW, openStage, type PipelineDeps, SECRET, type Stage, well } from './events-stage.js';

type Looks = PipelineDeps['processor']['subscriptions'];

/** A customer who has just subscribed, with what the processor tells of it. */
const subscribed = async () => {
  const stage = openStage();
  const customer = await stage.customer('a payer');
  const price = stage.price(1_000n);
  const hooks = stage.memory.hooks(PLATFORM_CONNECTION);
  const id = hooks.subscribe(customer.processorId, [price], labelsOf(customer));
  const [event] = hooks.takeEvents().filter(({ type }) => type === 'customer.subscription.created');
  if (event === undefined) throw new Error('nothing was told');
  const receive = (deps: Partial<Looks> = {}, sent = stage.sent(event)) =>
    receiveEvent(looking(stage, deps))(sent, stage.clock.now());
  return { stage, customer, price, hooks, id, event, receive };
};

const looking = ({ deps }: Stage, looks: Partial<Looks>): PipelineDeps => ({
  ...deps,
  processor: { ...deps.processor, subscriptions: { ...deps.processor.subscriptions, ...looks } },
});

const rowsOf = async ({ readers }: Stage, customerId: string) =>
  (await readers.subscriptionsOf(PLATFORM, customerId))._unsafeUnwrap();
const claims = async ({ store }: Stage) =>
  (await store.read<InboundEventRow>(TABLES.inboundEvents).all())._unsafeUnwrap();
const audited = async ({ store }: Stage) => (await store.read<AuditRow>(SHARED.audit).all())._unsafeUnwrap();

const counted = (stage: Stage) => {
  let asked = 0;
  const ofCustomer: Looks['ofCustomer'] = (at, customer) => {
    asked += 1;
    return stage.memory.subscriptions.ofCustomer(at, customer);
  };
  return { ofCustomer, asked: () => asked };
};

const BROKEN = { kind: 'unavailable', dependency: 'the processor', cause: 'a fault' } as const;

describe('a webhook', () => {
  it('writes down what the processor has, with the event and the audit entry that tell of it', async () => {
    const { stage, customer, id, price, event, receive } = await subscribed();
    expect((await receive()).isOk()).toBe(true);
    const [row] = await rowsOf(stage, customer.id);
    expect(row).toMatchObject({ status: 'active', processor: { id, status: 'active', priceId: price } });
    const told = (await stage.store.read<DomainEvent>(SHARED.events).all())._unsafeUnwrap();
    expect(told).toMatchObject([
      { stream: row?.id, seq: 1, type: 'subscription.active', accountId: customer.payer },
    ]);
    expect(await audited(stage)).toMatchObject([
      {
        action: 'subscription.status',
        target: row?.id,
        actor: { kind: 'webhook' },
        requestId: event.id,
        data: { from: null, to: 'active' },
      },
    ]);
    expect(await claims(stage)).toMatchObject([
      { eventId: event.id, door: 'a door', doneAt: stage.clock.now() },
    ]);
  });

  it('takes effect once, however often and through whichever door it comes', async () => {
    const { stage, customer, hooks, id, event, receive } = await subscribed();
    const { ofCustomer, asked } = counted(stage);
    await well(receive({ ofCustomer }));
    const change = { key: 'a key', id, cancel: true };
    await well(stage.memory.subscriptions.setCancelAtPeriodEnd(PLATFORM_CONNECTION, change));
    expect((await receive({ ofCustomer }, { ...stage.sent(event), door: 'another' })).isOk()).toBe(true);
    expect(asked()).toBe(1);
    expect(await rowsOf(stage, customer.id)).toMatchObject([{ cancelAtPeriodEnd: false, version: 1 }]);
    for (const later of hooks.takeEvents()) await well(receive({ ofCustomer }, stage.sent(later)));
    expect(await rowsOf(stage, customer.id)).toMatchObject([{ cancelAtPeriodEnd: true, version: 2 }]);
  });

  it('is refused without a signature, with a wrong, an old or a borrowed one, and leaves no trace', async () => {
    const { stage, event, receive } = await subscribed();
    const { raw, signature, door } = stage.sent(event);
    const anew = new TextEncoder().encode(JSON.stringify(JSON.parse(new TextDecoder().decode(raw)), null, 1));
    const kindOf = async (sent: { raw: Uint8Array; signature: string | undefined }) =>
      (await receive({}, { ...sent, door } as ReturnType<Stage['sent']>))._unsafeUnwrapErr().kind;
    expect(await kindOf({ raw, signature: undefined })).toBe('signature_missing');
    expect(await kindOf(signedBytes(raw, NOW, 'another secret'))).toBe('signature_invalid');
    expect(await kindOf(signedBytes(raw, plus(NOW, -6 * MINUTE), SECRET))).toBe('signature_invalid');
    expect(await kindOf({ raw: anew, signature })).toBe('signature_invalid');
    expect(await kindOf(signedBytes(new TextEncoder().encode('{}'), NOW, SECRET))).toBe('malformed_event');
    stage.clock.advance(6 * MINUTE);
    expect(await kindOf({ raw, signature })).toBe('signature_invalid');
    expect(await claims(stage)).toEqual([]);
  });

  it('is done with at once when it is about nobody, nobody of ours, or of another connection', async () => {
    const { stage, event, receive } = await subscribed();
    const { ofCustomer, asked } = counted(stage);
    const { customer: _nobody, ...unaddressed } = event;
    const sent = (document: object) => ({
      ...signedBytes(new TextEncoder().encode(JSON.stringify(document)), NOW, SECRET),
      door: 'a door',
    });
    expect((await receive({ ofCustomer }, sent({ ...unaddressed, id: 'evt_a' }))).isOk()).toBe(true);
    expect((await receive({ ofCustomer }, sent({ ...event, id: 'evt_b', customer: 'cus_x' }))).isOk()).toBe(
      true,
    );
    const { deps } = stage;
    const elsewhere = { id: 'evt_c', connection: 'another' as ConnectionRef };
    const verify: typeof deps.processor.events.verify = (...given) =>
      deps.processor.events.verify(...given).map((verified) => ({ ...verified, ...elsewhere }));
    const processor = { ...looking(stage, { ofCustomer }).processor, events: { verify } };
    expect((await receiveEvent({ ...deps, processor })(sent(event), NOW)).isOk()).toBe(true);
    expect(asked()).toBe(0);
    expect(
      (await claims(stage)).map(({ connection, eventId, doneAt }) => [connection, eventId, doneAt]),
    ).toEqual([
      [PLATFORM_CONNECTION, 'evt_a', NOW],
      [PLATFORM_CONNECTION, 'evt_b', NOW],
      ['another', 'evt_c', NOW],
    ]);
  });
});

describe('the claim on an event', () => {
  it('sends a second delivery away while the first is worked on', async () => {
    const { stage, customer, receive } = await subscribed();
    let second: unknown;
    const ofCustomer: Looks['ofCustomer'] = (at, id) =>
      receive()
        .map(() => 'taken')
        .orElse((failure) => okAsync(failure))
        .andThen((answer) => {
          second = answer;
          return stage.memory.subscriptions.ofCustomer(at, id);
        });
    expect((await receive({ ofCustomer })).isOk()).toBe(true);
    expect(second).toEqual({ kind: 'event_in_flight', until: plus(NOW, MINUTE) });
    expect(await rowsOf(stage, customer.id)).toHaveLength(1);
  });

  it('is given back when the work fails: the next delivery need not wait', async () => {
    const { stage, customer, receive } = await subscribed();
    const failed = await receive({ ofCustomer: () => errAsync(BROKEN) });
    expect(failed._unsafeUnwrapErr()).toEqual(BROKEN);
    expect(await rowsOf(stage, customer.id)).toEqual([]);
    expect((await receive()).isOk()).toBe(true);
    expect(await rowsOf(stage, customer.id)).toMatchObject([{ status: 'active' }]);
  });

  it('asks for another delivery when the processor does not let itself be read', async () => {
    const { receive } = await subscribed();
    const refused = { kind: 'processor_refused', code: 'not_one_plan', reason: 'two plans' } as const;
    expect((await receive({ ofCustomer: () => errAsync(refused) }))._unsafeUnwrapErr()).toMatchObject({
      kind: 'unavailable',
      cause: refused,
    });
    const keyless = { kind: 'payments_not_configured' } as const;
    expect((await receive({ ofCustomer: () => errAsync(keyless) }))._unsafeUnwrapErr().kind).toBe(
      'unavailable',
    );
  });

  it('runs out with its lease when a process dies, and then another has the event', async () => {
    const { stage, customer, event, receive } = await subscribed();
    const died = receive({
      ofCustomer: () => {
        throw new Error('the process died');
      },
    });
    await expect(died).rejects.toThrow('died');
    stage.clock.advance(MINUTE - SECOND);
    expect((await receive())._unsafeUnwrapErr()).toEqual({
      kind: 'event_in_flight',
      until: plus(NOW, MINUTE),
    });
    stage.clock.advance(SECOND);
    expect((await receive()).isOk()).toBe(true);
    expect(await rowsOf(stage, customer.id)).toHaveLength(1);
    expect(await claims(stage)).toMatchObject([{ eventId: event.id, epoch: 2, doneAt: plus(NOW, MINUTE) }]);
  });

  it('is not closed by one who was too slow, whose work stands', async () => {
    const { stage, customer, event, receive } = await subscribed();
    const slow: Looks['ofCustomer'] = (at, id) => {
      stage.clock.advance(MINUTE);
      return stage.deps.inbound
        .claim(
          { connection: PLATFORM_CONNECTION, id: event.id, type: event.type, door: 'b' },
          stage.clock.now(),
          plus(NOW, 2 * MINUTE),
        )
        .andThen(() => stage.memory.subscriptions.ofCustomer(at, id));
    };
    expect((await receive({ ofCustomer: slow })).isOk()).toBe(true);
    expect(await rowsOf(stage, customer.id)).toHaveLength(1);
    expect(await claims(stage)).toMatchObject([{ epoch: 2, leaseUntil: plus(NOW, 2 * MINUTE) }]);
    expect((await claims(stage))[0]?.doneAt).toBeUndefined();
  });
});
