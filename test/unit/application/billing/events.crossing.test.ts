import { describe, expect, it } from 'vitest';
import { type AuditRow, TABLES as SHARED } from '../../../../src/adapters/memory/shared/rows.js';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { mirrorCustomer } from '../../../../src/application/billing/events/mirror-customer.js';
import { receiveEvent } from '../../../../src/application/billing/events/receive-event.js';
import { reconcileMirrors } from '../../../../src/application/billing/events/reconcile-mirrors.js';
import { type Labels, labelsOf } from '../../../../src/domain/billing/labels.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import { MINUTE } from '../../../../src/domain/shared/time.js';
import { NOW, openStage, type PipelineDeps, well } from './events-stage.js';

type Looks = PipelineDeps['processor']['subscriptions'];

/** A customer with a subscription that we know; `meanwhile` happens once, right after the processor has been asked. */
const mirroredOne = async () => {
  const stage = openStage();
  const customer = await stage.customer('a payer');
  const hooks = stage.memory.hooks(PLATFORM_CONNECTION);
  const id = hooks.subscribe(customer.processorId, [stage.price(1_000n)], labelsOf(customer));
  const { subscriptions } = stage.memory;
  const taken = async (deps: PipelineDeps = stage.deps): Promise<void> => {
    for (const event of hooks.takeEvents())
      await well(receiveEvent(deps)(stage.sent(event), stage.clock.now()));
  };
  await taken();
  const cancel = (to: boolean) =>
    well(
      subscriptions.setCancelAtPeriodEnd(PLATFORM_CONNECTION, { key: stage.ids.next(), id, cancel: to }),
    ).then(() => undefined);
  const slow = (meanwhile: () => Promise<void>): PipelineDeps => {
    let asked = 0;
    const ofCustomer: Looks['ofCustomer'] = (at, who) =>
      subscriptions.ofCustomer(at, who).map(async (views) => {
        asked += 1;
        if (asked === 1) await meanwhile();
        return views;
      });
    return {
      ...stage.deps,
      processor: { ...stage.deps.processor, subscriptions: { ...subscriptions, ofCustomer } },
    };
  };
  const rows = async () => (await stage.readers.subscriptionsOf(PLATFORM, customer.id))._unsafeUnwrap();
  return { stage, taken, cancel, slow, rows };
};

describe('a change that is taken back while its webhook is worked on', () => {
  it('stays taken back, though whoever heard of that found the row as it should be', async () => {
    const { taken, cancel, slow, rows } = await mirroredOne();
    await cancel(true);
    await taken(
      slow(async () => {
        await cancel(false);
        await taken();
      }),
    );
    expect(await rows()).toMatchObject([{ cancelAtPeriodEnd: false, version: 1 }]);
  });

  it('stays taken back against a reconciliation that has asked before', async () => {
    const { stage, taken, cancel, slow, rows } = await mirroredOne();
    await cancel(true);
    const reconcile = reconcileMirrors(
      slow(async () => {
        await cancel(false);
        await taken();
      }),
    );
    await well(reconcile({ id: stage.ids.next(), kind: 'billing.reconcile', payload: {} }));
    expect(await rows()).toMatchObject([{ cancelAtPeriodEnd: false, version: 1 }]);
  });

  it('lets many that find nothing new go on beside each other, each asking once', async () => {
    const { stage, taken, cancel, slow, rows } = await mirroredOne();
    await cancel(true);
    await taken();
    let asked = 0;
    const deps = slow(async () => undefined);
    const ofCustomer: Looks['ofCustomer'] = (at, who) => {
      asked += 1;
      return deps.processor.subscriptions.ofCustomer(at, who);
    };
    const counting = {
      ...deps,
      processor: { ...deps.processor, subscriptions: { ...stage.memory.subscriptions, ofCustomer } },
    };
    const before = await rows();
    const customer = (await stage.readers.customersAt(PLATFORM, { size: 1 }))._unsafeUnwrap().items[0];
    const event = (n: number) => ({
      id: `evt_of_nothing_${n}`,
      type: 'invoice.paid',
      at: stage.clock.now(),
      customer: customer?.processorId ?? '',
    });
    await Promise.all(
      [1, 2, 3, 4, 5].map((n) => well(receiveEvent(counting)(stage.sent(event(n)), stage.clock.now()))),
    );
    expect(asked).toBe(5);
    expect(await rows()).toEqual(before.map((row) => ({ ...row, confirmed: (row.confirmed ?? 0) + 5 })));
  });
});

describe('a webhook of a project that is deleted', () => {
  const deserted = async () => {
    const stage = openStage();
    const customer = await stage.customer('a payer');
    const hooks = stage.memory.hooks(PLATFORM_CONNECTION);
    const leave = () => {
      const gone = { id: customer.payer, dataKey: 'a key', deletedAt: NOW };
      return well(stage.store.run((tx) => tx.table(SHARED.accounts).put(customer.payer, gone)));
    };
    const rows = async () => (await stage.readers.subscriptionsOf(PLATFORM, customer.id))._unsafeUnwrap();
    const audit = async () => (await stage.store.read<AuditRow>(SHARED.audit).all())._unsafeUnwrap();
    return { stage, customer, hooks, leave, rows, audit };
  };

  it('ends what was bought too late and has it paid back: nobody is there who could use or end it', async () => {
    const { stage, customer, hooks, leave, rows, audit } = await deserted();
    await leave();
    hooks.subscribe(customer.processorId, [stage.price(1_000n)], labelsOf(customer));
    for (const event of hooks.takeEvents())
      expect((await receiveEvent(stage.deps)(stage.sent(event), NOW)).isOk()).toBe(true);
    expect(await rows()).toMatchObject([{ status: 'ended', version: 2 }]);
    expect(hooks.refunded()).toBe(1_000n);
    expect((await audit()).map(({ action, accountId }) => [action, accountId])).toEqual(
      [
        'subscription.without_account',
        'subscription.status',
        'subscription.end_surplus',
        'subscription.refund',
        'subscription.status',
      ].map((action) => [action, customer.payer]),
    );
  });

  it('leaves to the job what it did not live to end', async () => {
    const { stage, customer, hooks, leave, rows } = await deserted();
    await leave();
    hooks.subscribe(customer.processorId, [stage.price(1_000n)], labelsOf(customer));
    stage.memory.faults.next('before', { call: 'cancelNow' });
    const [event] = hooks.takeEvents();
    if (event === undefined) throw new Error('nothing was told');
    expect((await receiveEvent(stage.deps)(stage.sent(event), NOW)).isErr()).toBe(true);
    expect(await rows()).toMatchObject([{ status: 'active' }]);
    stage.clock.advance(2 * MINUTE);
    const entry = (deed: object) =>
      ({ ...deed, actor: { kind: 'system' }, requestId: 'a job', at: NOW }) as never;
    await well(mirrorCustomer(stage.deps)(customer, { entry, surplus: true }));
    expect(await rows()).toMatchObject([{ status: 'ended' }]);
    expect(hooks.refunded()).toBe(1_000n);
  });

  it('is found within the hour where it was taken for live before', async () => {
    const { stage, customer, hooks, leave, rows } = await deserted();
    hooks.subscribe(customer.processorId, [stage.price(1_000n)], labelsOf(customer));
    for (const event of hooks.takeEvents()) await well(receiveEvent(stage.deps)(stage.sent(event), NOW));
    const reconcile = () =>
      well(reconcileMirrors(stage.deps)({ id: 'a job', kind: 'billing.reconcile', payload: {} }));
    await reconcile();
    expect(await rows()).toMatchObject([{ status: 'active' }]);
    await leave();
    await reconcile();
    expect(await rows()).toMatchObject([{ status: 'ended' }]);
    expect(hooks.refunded()).toBe(1_000n);
  });
});

describe('a subscription that was not bought here', () => {
  /** Bought here first, or the other one first. */
  const both = async (first: 'ours' | 'theirs') => {
    const stage = openStage();
    const customer = await stage.customer('a payer');
    const hooks = stage.memory.hooks(PLATFORM_CONNECTION);
    const subscribe = (labels: Labels) =>
      hooks.subscribe(customer.processorId, [stage.price(1_000n)], labels);
    const bought = () => subscribe(labelsOf(customer));
    const foreign = () => subscribe({ support: 'gold' });
    const taken = async () => {
      for (const event of hooks.takeEvents())
        await well(receiveEvent(stage.deps)(stage.sent(event), stage.clock.now()));
    };
    const older = first === 'ours' ? bought() : foreign();
    await taken();
    stage.clock.advance(MINUTE);
    const later = first === 'ours' ? foreign() : bought();
    await taken();
    const ids = first === 'ours' ? { ours: older, theirs: later } : { ours: later, theirs: older };
    return { stage, customer, hooks, taken, ...ids };
  };

  it.each(['ours', 'theirs'] as const)(
    'is left alone, with %s begun first, and is on record once',
    async (first) => {
      const { stage, customer, hooks, taken, ours, theirs } = await both(first);
      for (const again of [taken, taken]) await again();
      await well(reconcileMirrors(stage.deps)({ id: 'a job', kind: 'billing.reconcile', payload: {} }));
      const views = await well(
        stage.memory.subscriptions.ofCustomer(PLATFORM_CONNECTION, customer.processorId),
      );
      expect(views.map(({ status }) => status)).toEqual(['active', 'active']);
      expect(hooks.refunded()).toBe(0n);
      const rows = (await stage.readers.subscriptionsOf(PLATFORM, customer.id))._unsafeUnwrap();
      expect(rows).toMatchObject([{ status: 'active', processor: { id: ours } }]);
      expect(rows).toHaveLength(1);
      const audit = (await stage.store.read<AuditRow>(SHARED.audit).all())._unsafeUnwrap();
      const left = audit.filter(({ action }) => action === 'subscription.left_alone');
      expect(left.map(({ target }) => target)).toEqual([theirs]);
    },
  );
});
