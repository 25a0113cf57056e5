import { describe, expect, it } from 'vitest';
import { type AuditRow, TABLES as SHARED } from '../../../../src/adapters/memory/shared/rows.js';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { receiveEvent } from '../../../../src/application/billing/events/receive-event.js';
import { reconcileMirrors } from '../../../../src/application/billing/events/reconcile-mirrors.js';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import { NOW, openStage, type PipelineDeps, well } from './events-stage.js';

type Looks = PipelineDeps['processor']['subscriptions'];

/** A customer with a subscription that we know; `meanwhile` happens once, right after the processor has been asked. */
const mirroredOne = async () => {
  const stage = openStage();
  const customer = await stage.customer('a payer');
  const hooks = stage.memory.hooks(PLATFORM_CONNECTION);
  const id = hooks.subscribe(customer.processorId, [stage.price(1_000n)]);
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
  it('is taken once and for all: the row says what the processor has, and the audit that nobody is there', async () => {
    const stage = openStage();
    const customer = await stage.customer('a payer');
    const gone = { id: customer.payer, dataKey: 'a key', deletedAt: NOW };
    await well(stage.store.run((tx) => tx.table(SHARED.accounts).put(customer.payer, gone)));
    const hooks = stage.memory.hooks(PLATFORM_CONNECTION);
    hooks.subscribe(customer.processorId, [stage.price(1_000n)]);
    for (const event of hooks.takeEvents())
      expect((await receiveEvent(stage.deps)(stage.sent(event), NOW)).isOk()).toBe(true);
    const rows = (await stage.readers.subscriptionsOf(PLATFORM, customer.id))._unsafeUnwrap();
    expect(rows).toMatchObject([{ status: 'active', version: 1 }]);
    const audit = (await stage.store.read<AuditRow>(SHARED.audit).all())._unsafeUnwrap();
    expect(audit.map(({ action, accountId }) => [action, accountId])).toEqual([
      ['subscription.without_account', customer.payer],
      ['subscription.status', customer.payer],
    ]);
  });
});
