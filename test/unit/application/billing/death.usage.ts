import { expect } from 'vitest';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { RECONCILE_JOB } from '../../../../src/application/billing/index.js';
import { DAY, SECOND } from '../../../../src/domain/shared/time.js';
import type { Deed } from './death.js';
import { CANCEL, type Shop, SUCCESS } from './shop.js';

const JOB = { id: 'a job', kind: RECONCILE_JOB, payload: {} };

/** A customer of the processor's, with a plan to subscribe to. */
const known = async (shop: Shop) => {
  const { monthly } = await shop.plan('Basic', 10_000n, 100_000n);
  const card = { mode: 'setup' as const, successUrl: SUCCESS, cancelUrl: CANCEL };
  const { id } = (await shop.app.openCheckout(card, shop.payer()))._unsafeUnwrap();
  shop.hooks.complete(id);
  const [customer] = await shop.customers();
  return { monthly, customer: customer?.processorId ?? '' };
};

const views = async (shop: Shop, customer: string) =>
  (await shop.memory.subscriptions.ofCustomer(PLATFORM_CONNECTION, customer))._unsafeUnwrap();

/** What the reconciliation puts right. */
export const usageDeeds: readonly Deed[] = [
  {
    name: 'the price by usage of a subscription without one',
    passing: [
      'processor.catalogue.ensureUsagePrice',
      'billing.run tx.intents.open',
      'billing.run tx.jobs.enqueue',
      'processor.subscriptions.addUsage',
      'billing.run tx.subscriptions.save',
      'billing.run tx.intents.settle',
    ],
    prepare: async (shop) => {
      const { monthly, customer } = await known(shop);
      shop.hooks.subscribe(customer, [monthly]);
      await shop.delivered();
      return {
        send: (app) => app.jobs[RECONCILE_JOB](JOB),
        done: async () => {
          const [view] = await views(shop, customer);
          const [row] = await shop.subscriptions();
          expect(row?.processor?.usageSince).toBe(view?.usage?.since);
          expect(view?.usage).toBeDefined();
          expect(await shop.bills()).toEqual([10_000n]);
        },
      };
    },
  },
  {
    name: 'the end of a second subscription, with what was paid for it',
    passing: [
      'billing.run tx.intents.open',
      'processor.subscriptions.cancelNow',
      'processor.subscriptions.refundLatest',
      'billing.run tx.intents.settle',
    ],
    prepare: async (shop) => {
      const { monthly, customer } = await known(shop);
      shop.hooks.subscribe(customer, [monthly]);
      await shop.delivered();
      shop.clock.advance(5 * SECOND);
      shop.hooks.subscribe(customer, [monthly]);
      return {
        send: (app) => app.jobs[RECONCILE_JOB](JOB),
        done: async () => {
          expect((await views(shop, customer)).map(({ status }) => status)).toEqual(['canceled', 'active']);
          expect(shop.hooks.refunded()).toBe(10_000n);
          const audit = await shop.audit();
          expect(audit.filter((action) => action === 'subscription.refund')).toHaveLength(1);
        },
      };
    },
  },
  {
    name: 'the report of what a subscription that has ended had used last',
    passing: ['billing.run tx.jobs.enqueue', 'billing.run tx.subscriptions.save'],
    prepare: async (shop) => {
      const { monthly } = await shop.plan('Basic', 10_000n, 100_000n);
      const { customer } = await shop.subscribe(monthly);
      (await shop.app.cancel(shop.payer()))._unsafeUnwrap();
      const [before] = await views(shop, customer);
      shop.clock.advance((before?.period.end ?? 0) - shop.clock.now() + DAY / 1_000);
      return {
        send: (app) => app.jobs[RECONCILE_JOB](JOB),
        done: async () => {
          expect((await shop.subscriptions()).map(({ status }) => status)).toEqual(['ended']);
          expect((await views(shop, customer)).map(({ status }) => status)).toEqual(['canceled']);
        },
      };
    },
  },
];
