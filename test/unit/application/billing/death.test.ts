import { describe, expect, it } from 'vitest';
import { PLATFORM } from '../../../../src/domain/billing/seller.js';
import type { Deed } from './death.js';
import { trials } from './death.trial.js';
import { usageDeeds } from './death.usage.js';
import { CANCEL, type Shop, SUCCESS } from './shop.js';

const urls = { successUrl: SUCCESS, cancelUrl: CANCEL };

const one = async (shop: Shop) => {
  const rows = await shop.subscriptions();
  expect(rows.map(({ truthSource }) => truthSource)).toEqual(['mirrored']);
  return rows[0];
};

const subscribed = async (shop: Shop) => {
  const basic = await shop.plan('Basic', 10_000n, 100_000n);
  const pro = await shop.plan('Pro', 30_000n, 300_000n);
  await shop.subscribe(basic.monthly);
  return { basic, pro };
};

const onTeam = async (shop: Shop) => {
  const pro = await shop.ownPlan('Pro', 2_900n);
  const team = await shop.ownPlan('Team', 9_900n);
  const buy = (app: Shop['app'], { number }: typeof pro, key: string) =>
    app.purchasePlan({ planNumber: number, months: 1, ...urls }, shop.payer(), shop.once(key));
  const pay = async (answer: Awaited<ReturnType<typeof buy>>) => {
    const bought = answer._unsafeUnwrap();
    if (bought.kind === 'checkout') shop.hooks.complete(bought.url.split('/').at(-1) ?? '');
    await shop.delivered();
  };
  return { pro, team, buy, pay };
};

const counts = (customers: number, subscriptions: number, charges: number) => ({
  customers,
  subscriptions,
  charges,
});

const deeds: readonly Deed[] = [
  {
    name: 'a checkout',
    passing: [
      'billing.run tx.customers.ensure',
      'processor.checkout.ensureCustomer',
      'billing.run tx.customers.bind',
      'billing.runExclusive tx.intents.open',
      'processor.checkout.open',
    ],
    prepare: async (shop) => {
      const { monthly: priceId } = await shop.plan('Basic', 10_000n, 100_000n);
      const ask = (app: Shop['app']) =>
        app.openCheckout({ mode: 'subscription', priceId, ...urls }, shop.payer(), shop.once('k'));
      return {
        send: ask,
        done: async () => {
          const page = (await ask(shop.app))._unsafeUnwrap();
          shop.hooks.complete(page.id);
          await shop.delivered();
          expect(shop.hooks.counts()).toEqual(counts(1, 1, 1));
          expect((await one(shop))?.processor?.priceId).toBe(priceId);
          expect(await shop.customers()).toHaveLength(1);
        },
      };
    },
  },
  {
    name: 'a change of plan',
    passing: [
      'billing.run tx.intents.open',
      'billing.run tx.jobs.enqueue',
      'processor.subscriptions.changePrice',
      'billing.run tx.subscriptions.save',
      'billing.run tx.intents.settle',
    ],
    prepare: async (shop) => {
      const { pro } = await subscribed(shop);
      const at = shop.clock.now();
      return {
        send: (app) => app.changePlan({ priceId: pro.monthly, at }, shop.payer(), shop.once('k')),
        done: async (answers) => {
          expect(answers.at(-1)).toBe('ok');
          expect(await one(shop)).toMatchObject({ priceId: pro.plan.prices[0]?.id, status: 'active' });
          expect(shop.hooks.counts()).toEqual(counts(1, 1, 2));
          expect(await shop.bills()).toEqual([10_000n, 20_000n]);
        },
      };
    },
  },
  {
    name: 'a cancellation',
    passing: ['processor.subscriptions.setCancelAtPeriodEnd'],
    prepare: async (shop) => {
      await subscribed(shop);
      return {
        send: (app) => app.cancel(shop.payer()),
        done: async (answers) => {
          expect(['ok', 'already_cancelling']).toContain(answers.at(-1));
          expect((await one(shop))?.cancelAtPeriodEnd).toBe(true);
        },
      };
    },
  },
  {
    name: 'a resumption',
    passing: ['processor.subscriptions.setCancelAtPeriodEnd'],
    prepare: async (shop) => {
      await subscribed(shop);
      (await shop.app.cancel(shop.payer()))._unsafeUnwrap();
      return {
        send: (app) => app.resume(shop.payer()),
        done: async (answers) => {
          expect(['ok', 'not_cancelling']).toContain(answers.at(-1));
          expect((await one(shop))?.cancelAtPeriodEnd).toBe(false);
        },
      };
    },
  },
  {
    name: 'a first purchase',
    passing: ['processor.catalogue.ensurePrice', 'billing.run tx.plans.save', 'processor.checkout.open'],
    prepare: async (shop) => {
      const { pro, buy, pay } = await onTeam(shop);
      return {
        send: (app) => buy(app, pro, 'k'),
        done: async () => {
          await pay(await buy(shop.app, pro, 'k'));
          expect(shop.hooks.counts()).toEqual(counts(1, 1, 1));
          const [, bought, ...more] = (await shop.deps.readers.plan(PLATFORM, pro.id))._unsafeUnwrap().prices;
          expect([(await one(shop))?.priceId, more]).toEqual([bought?.id, []]);
          expect(await shop.events(pro.id)).toEqual([1, 2]);
        },
      };
    },
  },
  {
    name: 'the purchase of something dearer',
    passing: ['processor.subscriptions.changePrice'],
    prepare: async (shop) => {
      const { pro, team, buy, pay } = await onTeam(shop);
      await pay(await buy(shop.app, pro, 'first'));
      return {
        send: (app) => buy(app, team, 'k'),
        done: async () => {
          expect(await shop.bills()).toEqual([2_900n, 7_000n]);
          expect((await shop.app.userPlan(shop.payer()))._unsafeUnwrap()?.plan.name).toBe('Team');
          expect(shop.hooks.counts()).toEqual(counts(1, 1, 2));
        },
      };
    },
  },
  {
    name: 'the purchase of something cheaper',
    passing: ['processor.subscriptions.changePriceAtPeriodEnd'],
    prepare: async (shop) => {
      const { pro, team, buy, pay } = await onTeam(shop);
      await pay(await buy(shop.app, team, 'first'));
      return {
        send: (app) => buy(app, pro, 'k'),
        done: async () => {
          const next = (await one(shop))?.nextPriceId ?? '';
          const found = (await shop.deps.readers.price(PLATFORM, { id: next }))._unsafeUnwrap();
          expect(found?.plan.name).toBe('Pro');
          expect(shop.hooks.counts()).toEqual(counts(1, 1, 1));
        },
      };
    },
  },
];

describe('a process that dies at any call of a port', () => {
  it.each([...deeds, ...usageDeeds])('leaves $name to be done by the same request again, once', trials);
});
