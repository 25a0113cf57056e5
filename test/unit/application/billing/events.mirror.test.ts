import { errAsync, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { TABLES } from '../../../../src/adapters/memory/billing/rows.js';
import { type AuditRow, type JobRow, TABLES as SHARED } from '../../../../src/adapters/memory/shared/rows.js';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { mirrorCustomer } from '../../../../src/application/billing/events/mirror-customer.js';
import { reconcileMirrors } from '../../../../src/application/billing/events/reconcile-mirrors.js';
import type { Customer } from '../../../../src/domain/billing/customer.js';
import { labelsOf } from '../../../../src/domain/billing/labels.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import type { Subscription } from '../../../../src/domain/billing/subscription.js';
import { HOUR, plus, SECOND } from '../../../../src/domain/shared/time.js';
import type { BillingIntent } from '../../../../src/ports/billing/unit-of-work.js';
import type { AuditEntry } from '../../../../src/ports/shared/audit.js';
import { NOW, openStage, type PipelineDeps, type Stage, well } from './events-stage.js';

type Looks = PipelineDeps['processor']['subscriptions'];
const entry = (deed: Pick<AuditEntry, 'accountId' | 'action' | 'target' | 'data'>): AuditEntry => ({
  ...deed,
  actor: { kind: 'system' },
  requestId: 'a test',
  at: NOW,
});

const stageWith = async () => {
  const stage = openStage();
  const customer = await stage.customer('a payer');
  const [cheap, dear] = [stage.price(1_000n), stage.price(3_000n)];
  const hooks = stage.memory.hooks(PLATFORM_CONNECTION);
  const subscribe = (price: string): string =>
    hooks.subscribe(customer.processorId, [price], labelsOf(customer));
  const mirror = (looks: Partial<Looks> = {}) =>
    mirrorCustomer({
      ...stage.deps,
      processor: { subscriptions: { ...stage.deps.processor.subscriptions, ...looks } },
    })(customer, { entry });
  const rows = async () => (await stage.readers.subscriptionsOf(PLATFORM, customer.id))._unsafeUnwrap();
  return { stage, customer, cheap, dear, hooks, subscribe, mirror, rows };
};

const all = async <Row>({ store }: Stage, table: string) =>
  (await store.read<Row>(table).all())._unsafeUnwrap();
type IntentRow = BillingIntent & { readonly settled?: { readonly state: string } };

/** Somebody writes the row again, as it is. */
const touched = async ({ billing }: Stage, row: Subscription | undefined): Promise<void> => {
  if (row) (await billing.run((tx) => tx.subscriptions.save(row)))._unsafeUnwrap();
};

const free = (customer: Customer, id: string): Subscription => ({
  id,
  number: 0,
  version: 1,
  sellerId: PLATFORM,
  customerId: customer.id,
  truthSource: 'derived',
  status: 'active',
  cancelAtPeriodEnd: false,
  period: { start: NOW, end: plus(NOW, HOUR) },
  startedAt: NOW,
});

describe('a mirror', () => {
  it('asks again when somebody has written while it asked', async () => {
    const { stage, subscribe, cheap, mirror, rows } = await stageWith();
    const id = subscribe(cheap);
    await well(mirror());
    await well(
      stage.memory.subscriptions.setCancelAtPeriodEnd(PLATFORM_CONNECTION, {
        key: 'k',
        id,
        cancel: true,
      }),
    );
    let asked = 0;
    const mirrored = await mirror({
      ofCustomer: (at, customer) =>
        stage.memory.subscriptions.ofCustomer(at, customer).map(async (views) => {
          asked += 1;
          if (asked < 3) await touched(stage, (await rows())[0]);
          return views;
        }),
    });
    expect(asked).toBe(3);
    expect(mirrored._unsafeUnwrap()).toMatchObject([{ cancelAtPeriodEnd: true, version: 4 }]);
    expect(await rows()).toMatchObject([{ cancelAtPeriodEnd: true, version: 4 }]);
  });

  it('never writes an old answer over a newer row, nor adds a second row for it', async () => {
    const { stage, subscribe, cheap, mirror, rows } = await stageWith();
    const id = subscribe(cheap);
    let late = false;
    await well(
      mirror({
        ofCustomer: (at, customer) =>
          stage.memory.subscriptions.ofCustomer(at, customer).map(async (views) => {
            if (late) return views;
            late = true;
            await well(stage.memory.subscriptions.cancelNow(PLATFORM_CONNECTION, { key: 'k', id }));
            await well(mirror());
            return views;
          }),
      }),
    );
    expect(await rows()).toMatchObject([{ status: 'ended', version: 1 }]);
  });

  it('gives up where others always were faster, and has written nothing', async () => {
    const { stage, subscribe, cheap, mirror, rows } = await stageWith();
    const id = subscribe(cheap);
    await well(mirror());
    await well(
      stage.memory.subscriptions.setCancelAtPeriodEnd(PLATFORM_CONNECTION, {
        key: 'k',
        id,
        cancel: true,
      }),
    );
    const crowded = await mirror({
      ofCustomer: (at, customer) =>
        stage.memory.subscriptions.ofCustomer(at, customer).map(async (views) => {
          await touched(stage, (await rows())[0]);
          return views;
        }),
    });
    expect(crowded._unsafeUnwrapErr().kind).toBe('unavailable');
    expect(await rows()).toMatchObject([{ cancelAtPeriodEnd: false }]);
  });

  it('keeps the older of two that are live, and ends the later one at the processor', async () => {
    const { stage, subscribe, cheap, dear, mirror, rows } = await stageWith();
    const older = subscribe(cheap);
    stage.clock.advance(5 * SECOND);
    const later = subscribe(dear);
    expect((await mirror()).isOk()).toBe(true);
    expect(await rows()).toMatchObject([
      { status: 'ended', processor: { id: later } },
      { status: 'active', processor: { id: older } },
    ]);
    expect(await all<IntentRow>(stage, TABLES.intents)).toMatchObject([
      { kind: 'end_surplus', data: { subscription: later }, settled: { state: 'done' } },
    ]);
    const audit = await all<AuditRow>(stage, SHARED.audit);
    expect(audit.filter(({ action }) => action === 'subscription.end_surplus')).toHaveLength(1);
  });

  it('pays back what was paid for the later one, and says on record how much', async () => {
    const { stage, hooks, subscribe, cheap, dear, mirror } = await stageWith();
    subscribe(cheap);
    stage.clock.advance(5 * SECOND);
    subscribe(dear);
    await well(mirror());
    await well(mirror());
    expect(hooks.refunded()).toBe(3_000n);
    expect(await all<IntentRow>(stage, TABLES.intents)).toMatchObject([
      { settled: { state: 'done', data: { refunded: '3000' } } },
    ]);
    const audit = await all<AuditRow>(stage, SHARED.audit);
    expect(audit.filter(({ action }) => action === 'subscription.refund')).toMatchObject([
      { data: { refunded: '3000' } },
    ]);
  });

  it('pays nothing back for one that is no longer a second one', async () => {
    const { stage, hooks, customer, subscribe, cheap, dear, mirror, rows } = await stageWith();
    const older = subscribe(cheap);
    stage.clock.advance(5 * SECOND);
    const later = subscribe(dear);
    const down = { kind: 'unavailable', dependency: 'the processor', cause: 'a fault' } as const;
    expect((await mirror({ cancelNow: () => errAsync(down) })).isErr()).toBe(true);
    await well(stage.memory.subscriptions.cancelNow(PLATFORM_CONNECTION, { key: 'k', id: older }));
    await well(mirror());
    expect((await all<IntentRow>(stage, TABLES.intents)).map(({ settled }) => settled)).toEqual([undefined]);
    stage.clock.advance(60 * SECOND);
    await well(mirrorCustomer(stage.deps)(customer, { entry, surplus: true }));
    expect(hooks.refunded()).toBe(0n);
    expect(await rows()).toMatchObject([
      { status: 'active', processor: { id: later } },
      { status: 'ended', processor: { id: older } },
    ]);
    expect(await all<IntentRow>(stage, TABLES.intents)).toMatchObject([{ settled: { state: 'done' } }]);
  });

  it('leaves what another is at to that one, however long ago it looked itself', async () => {
    const { stage, hooks, customer, subscribe, cheap, dear, mirror } = await stageWith();
    subscribe(cheap);
    const seen = await well(stage.memory.subscriptions.ofCustomer(PLATFORM_CONNECTION, customer.processorId));
    stage.clock.advance(5 * SECOND);
    subscribe(dear);
    const died = mirror({
      refundLatest: () => {
        throw new Error('the process died');
      },
    });
    await expect(died).rejects.toThrow('died');
    const late: Looks['ofCustomer'] = () => okAsync(seen);
    const { subscriptions } = stage.deps.processor;
    const looks = { processor: { subscriptions: { ...subscriptions, ofCustomer: late } } };
    await well(mirrorCustomer({ ...stage.deps, ...looks })(customer, { entry, surplus: true }));
    await well(mirror());
    expect(hooks.refunded()).toBe(3_000n);
  });

  it('is done with one whose money the processor does not pay back, and has it looked at', async () => {
    const { stage, subscribe, cheap, dear, mirror, rows } = await stageWith();
    subscribe(cheap);
    stage.clock.advance(5 * SECOND);
    subscribe(dear);
    const refused = {
      kind: 'processor_refused',
      code: 'charge_disputed',
      reason: 'It is disputed.',
    } as const;
    expect((await mirror({ refundLatest: () => errAsync(refused) })).isOk()).toBe(true);
    expect((await rows()).map(({ status }) => status)).toEqual(['ended', 'active']);
    expect(await all<IntentRow>(stage, TABLES.intents)).toMatchObject([
      { settled: { state: 'failed', data: { code: 'charge_disputed' } } },
    ]);
    const audit = await all<AuditRow>(stage, SHARED.audit);
    expect(audit.map(({ action }) => action)).toContain('subscription.refund_refused');
  });

  it('ends a later one that was live here first, before the older one becomes live', async () => {
    const { stage, hooks, customer, subscribe, cheap, dear, mirror, rows } = await stageWith();
    hooks.keepCard(customer.processorId, 'declines');
    subscribe(cheap);
    hooks.keepCard(customer.processorId, 'pays');
    stage.clock.advance(5 * SECOND);
    const later = subscribe(dear);
    await well(mirror());
    expect(await rows()).toMatchObject([{ status: 'active' }, { status: 'pending' }]);
    const paid: Looks['ofCustomer'] = (at, id) =>
      stage.memory.subscriptions
        .ofCustomer(at, id)
        .map((views) => views.map((view) => (view.id === later ? view : { ...view, status: 'active' })));
    expect((await mirror({ ofCustomer: paid })).isOk()).toBe(true);
    expect(await rows()).toMatchObject([{ status: 'ended', processor: { id: later } }, { status: 'active' }]);
  });

  it('leaves a job and an intent where it dies before the later one is ended, and takes them up again', async () => {
    const { stage, subscribe, cheap, dear, mirror, rows } = await stageWith();
    subscribe(cheap);
    stage.clock.advance(5 * SECOND);
    subscribe(dear);
    const down = { kind: 'unavailable', dependency: 'the processor', cause: 'a fault' } as const;
    expect((await mirror({ cancelNow: () => errAsync(down) }))._unsafeUnwrapErr()).toEqual(down);
    const [intent] = await all<IntentRow>(stage, TABLES.intents);
    expect(await rows()).toEqual([]);
    expect(await all<JobRow>(stage, SHARED.jobs)).toMatchObject([
      { kind: 'billing.finish-intent', payload: { sellerId: PLATFORM, intentId: intent?.id } },
    ]);
    await well(mirror());
    expect(await rows()).toMatchObject([{ status: 'ended' }, { status: 'active' }]);
    expect(await all<IntentRow>(stage, TABLES.intents)).toMatchObject([
      { id: intent?.id, settled: { state: 'done' } },
    ]);
  });

  it('settles an intent whose process died right after the later one was ended, and pays back', async () => {
    const { stage, hooks, subscribe, cheap, dear, mirror } = await stageWith();
    subscribe(cheap);
    stage.clock.advance(5 * SECOND);
    subscribe(dear);
    const died = mirror({
      cancelNow: (at, change) =>
        stage.memory.subscriptions.cancelNow(at, change).map(() => {
          throw new Error('the process died');
        }),
    });
    await expect(died).rejects.toThrow('died');
    await well(mirror());
    expect(await all<IntentRow>(stage, TABLES.intents)).toMatchObject([{ settled: { state: 'done' } }]);
    expect(hooks.refunded()).toBe(3_000n);
  });

  it('ends a free plan of ours when a paid one becomes live, and not before', async () => {
    const { stage, customer, hooks, subscribe, cheap, mirror, rows } = await stageWith();
    const ours = free(customer, stage.ids.next());
    await well(stage.billing.run((tx) => tx.subscriptions.add(ours)));
    hooks.keepCard(customer.processorId, 'declines');
    subscribe(cheap);
    await well(mirror());
    expect((await rows()).map(({ status }) => status).sort()).toEqual(['active', 'pending']);
    hooks.keepCard(customer.processorId, 'pays');
    stage.clock.advance(5 * SECOND);
    subscribe(cheap);
    await well(mirror());
    expect((await rows()).find(({ id }) => id === ours.id)).toMatchObject({
      status: 'ended',
      endedAt: plus(NOW, 5 * SECOND),
    });
  });

  it('asks by name for what is not listed: what is gone from the account has ended', async () => {
    const { stage, subscribe, cheap, mirror, rows } = await stageWith();
    subscribe(cheap);
    await well(mirror());
    const { subscriptions } = stage.memory;
    const unlisted: Looks['ofCustomer'] = (at, id) => subscriptions.ofCustomer(at, id).map(() => []);
    await well(mirror({ ofCustomer: unlisted }));
    expect(await rows()).toMatchObject([{ status: 'active', version: 1 }]);
    const missing = { kind: 'processor_missing', what: 'subscription' } as const;
    await well(mirror({ ofCustomer: unlisted, get: () => errAsync(missing) }));
    expect(await rows()).toMatchObject([{ status: 'ended', endedAt: NOW }]);
  });

  it('ends nothing when the key is one of an account that does not even know the customer', async () => {
    const { subscribe, cheap, mirror, rows } = await stageWith();
    subscribe(cheap);
    await well(mirror());
    const missing = (what: string) => errAsync({ kind: 'processor_missing', what } as const);
    const strange = { ofCustomer: () => missing('customer'), get: () => missing('subscription') };
    expect((await mirror(strange)).isOk()).toBe(true);
    expect(await rows()).toMatchObject([{ status: 'active', version: 1 }]);
  });
});

describe('the reconciliation', () => {
  const job = { id: 'a job', kind: 'billing.reconcile', payload: {} };
  const many = async (count: number) => {
    const stage = openStage();
    const price = stage.price(1_000n);
    const customers = [];
    for (let n = 0; n < count; n += 1) customers.push(await stage.customer(`payer ${n}`));
    const hooks = stage.memory.hooks(PLATFORM_CONNECTION);
    for (const one of customers) hooks.subscribe(one.processorId, [price], labelsOf(one));
    const mirrors = async () => (await all<Subscription>(stage, TABLES.subscriptions)).length;
    const run = (looks: Partial<Looks>, of: Parameters<ReturnType<typeof reconcileMirrors>>[0] = job) =>
      reconcileMirrors({
        ...stage.deps,
        processor: { subscriptions: { ...stage.deps.processor.subscriptions, ...looks } },
      })(of);
    return { stage, customers, mirrors, run };
  };

  it('repairs what a lost webhook missed, every hour, page by page in jobs of their own', async () => {
    const { stage, mirrors, run } = await many(60);
    expect((await run({}))._unsafeUnwrap()).toEqual({ again: plus(NOW, HOUR) });
    expect(await mirrors()).toBe(50);
    const [next] = await all<JobRow>(stage, SHARED.jobs);
    expect(next).toMatchObject({ kind: 'billing.reconcile' });
    expect((await run({}, next))._unsafeUnwrap()).toEqual({});
    expect(await mirrors()).toBe(60);
  });

  it('passes over a customer that cannot be read', async () => {
    const { stage, customers, mirrors, run } = await many(5);
    const unreadable = [customers[1]?.processorId, customers[2]?.processorId];
    const ofCustomer: Looks['ofCustomer'] = (at, id) =>
      id === unreadable[0]
        ? errAsync({ kind: 'processor_refused', code: 'not_one_plan', reason: 'two plans' })
        : id === unreadable[1]
          ? errAsync({ kind: 'unavailable', dependency: 'the processor', cause: 'a timeout' })
          : stage.memory.subscriptions.ofCustomer(at, id);
    expect((await run({ ofCustomer })).isOk()).toBe(true);
    expect(await mirrors()).toBe(3);
  });

  it('stops when nobody can be read, and comes again', async () => {
    const { run } = await many(5);
    let asked = 0;
    const ofCustomer: Looks['ofCustomer'] = () => {
      asked += 1;
      return errAsync({ kind: 'unavailable', dependency: 'the processor', cause: 'down' });
    };
    expect((await run({ ofCustomer }))._unsafeUnwrapErr().kind).toBe('unavailable');
    expect(asked).toBe(3);
  });
});
