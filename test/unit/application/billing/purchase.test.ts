import { describe, expect, it } from 'vitest';
import { DAY, MINUTE, plus } from '../../../../src/domain/shared/time.js';
import { CANCEL, kindOf, openShop, type Shop, START, SUCCESS } from './shop.js';

const stocked = async () => {
  const shop = await openShop();
  const free = await shop.ownPlan('Explorer', 0n);
  const pro = await shop.ownPlan('DataPilot Pro', 2_900n);
  const team = await shop.ownPlan('Datilio Team', 9_900n);
  return { shop, free, pro, team };
};

type Numbered = { readonly number: number };

const buying =
  (shop: Shop) =>
  async (plan: Numbered, months = 1, key?: string) => {
    const wanted = { planNumber: plan.number, months, successUrl: SUCCESS, cancelUrl: CANCEL };
    const bought = await shop.app.purchasePlan(wanted, shop.payer(), key ? shop.once(key) : undefined);
    return bought.isOk() ? bought.value : bought.error;
  };

const has = async ({ app, payer }: Shop) => (await app.userPlan(payer()))._unsafeUnwrap();

/** Buys a first paid plan on the page that the purchase answers. */
const paidOn = async (shop: Shop, plan: Numbered, months = 1) => {
  const bought = await buying(shop)(plan, months);
  if (bought.kind !== 'checkout') throw new Error(`${bought.kind} is no page`);
  shop.hooks.complete(bought.url.split('/').at(-1) ?? '');
  await shop.delivered();
};

describe('a purchase', () => {
  it('gives a free plan at once, without the processor', async () => {
    const { shop, free } = await stocked();
    shop.withoutKey();
    const bought = await buying(shop)(free, 1, 'a key');
    expect(bought).toMatchObject({
      kind: 'changed',
      subscription: { truthSource: 'derived', status: 'active' },
    });
    expect(await buying(shop)(free, 1, 'a key')).toEqual(bought);
    expect(await buying(shop)(free)).toEqual({ kind: 'already_on_plan' });
    expect((await has(shop))?.plan.name).toBe('Explorer');
    expect((await shop.app.cancel(shop.payer()))._unsafeUnwrap()).toMatchObject({ status: 'ended' });
    expect(kindOf(await shop.app.cancel(shop.payer()))).toBe('no_subscription');
    expect(await buying(shop)(free)).toMatchObject({ kind: 'changed' });
  });

  it('of a first paid plan needs a page, and what was free gives way once it is paid', async () => {
    const { shop, free, pro } = await stocked();
    await buying(shop)(free);
    await paidOn(shop, pro);
    expect(await has(shop)).toMatchObject({
      plan: { name: 'DataPilot Pro' },
      subscription: { truthSource: 'mirrored', status: 'active' },
    });
    expect(await shop.bills()).toEqual([2_900n]);
    expect((await shop.subscriptions()).map(({ status }) => status).sort()).toEqual(['active', 'ended']);
    expect(await buying(shop)(pro)).toEqual({ kind: 'already_on_plan' });
    expect(await buying(shop)({ number: 99 })).toEqual({ kind: 'not_found' });
  });

  it('for several months costs that many times the month, every so many months', async () => {
    const { shop, pro } = await stocked();
    await paidOn(shop, pro, 6);
    expect(await shop.bills()).toEqual([17_400n]);
    const { subscription, plan } = (await has(shop)) ?? {};
    expect(subscription?.period).toEqual({ start: START, end: plus(START, 183 * DAY) });
    expect(plan?.prices.map(({ cost, every }) => [cost.amount, every.count])).toEqual([
      [2_900n, 1],
      [17_400n, 6],
    ]);
    expect(await shop.events(pro.id)).toEqual([1, 2]);
  });

  it('of a dearer plan is paid with what is saved, for the rest of the period', async () => {
    const { shop, pro, team } = await stocked();
    await paidOn(shop, pro);
    await shop.pass(15 * DAY);
    const bought = await buying(shop)(team, 1, 'a key');
    expect(bought.kind).toBe('changed');
    expect(await shop.bills()).toEqual([2_900n, 3_500n]);
    expect((await has(shop))?.plan.name).toBe('Datilio Team');
    expect(await buying(shop)(team, 1, 'a key')).toEqual(bought);
    expect(await shop.bills()).toEqual([2_900n, 3_500n]);
  });

  it('that the bank declines leads to where the card is changed, and never to a second subscription', async () => {
    const { shop, pro, team } = await stocked();
    await paidOn(shop, pro);
    const customer = (await shop.customers())[0]?.processorId ?? '';
    shop.hooks.keepCard(customer, 'declines');
    expect(await buying(shop)(team)).toMatchObject({ kind: 'checkout' });
    expect((await has(shop))?.plan.name).toBe('DataPilot Pro');
    shop.hooks.keepCard(customer, 'pays');
    expect(await buying(shop)(team)).toMatchObject({ kind: 'changed' });
    expect(shop.hooks.counts().subscriptions).toBe(1);
  });

  it('of a cheaper plan waits for the end of the period, and can be taken back until then', async () => {
    const { shop, pro, team } = await stocked();
    await paidOn(shop, team);
    const bought = await buying(shop)(pro);
    expect(bought).toMatchObject({ kind: 'changed', subscription: { cancelAtPeriodEnd: false } });
    const next = (await shop.subscriptions())[0]?.nextPriceId;
    expect(
      (await shop.deps.readers.price(team.sellerId, { id: next ?? '' }))._unsafeUnwrap()?.plan.name,
    ).toBe('DataPilot Pro');
    expect((await has(shop))?.plan.name).toBe('Datilio Team');
    expect(await buying(shop)(team)).toMatchObject({ kind: 'changed' });
    expect((await shop.subscriptions())[0]?.nextPriceId).toBeUndefined();
    await buying(shop)(pro);
    await shop.pass(30 * DAY);
    expect((await has(shop))?.plan.name).toBe('DataPilot Pro');
    expect((await shop.subscriptions())[0]?.nextPriceId).toBeUndefined();
    expect(await shop.bills()).toEqual([9_900n, 2_900n]);
  });

  it('of what is free ends what is paid for with its period, and buying that again goes on with it', async () => {
    const { shop, free, pro, team } = await stocked();
    await paidOn(shop, pro);
    expect(await buying(shop)(free)).toMatchObject({ subscription: { cancelAtPeriodEnd: true } });
    expect(await buying(shop)(free)).toMatchObject({
      kind: 'changed',
      subscription: { cancelAtPeriodEnd: true },
    });
    expect(await buying(shop)(team)).toEqual({ kind: 'change_while_cancelling' });
    expect(await buying(shop)(pro)).toMatchObject({ subscription: { cancelAtPeriodEnd: false } });
    expect(await shop.bills()).toEqual([2_900n]);
  });

  it('is finished by the job when its answer was lost, with the plan for later on record', async () => {
    const { shop, pro, team } = await stocked();
    await paidOn(shop, team);
    shop.memory.faults.next('after', { call: 'changePriceAtPeriodEnd' });
    expect(await buying(shop)(pro)).toMatchObject({ kind: 'unavailable' });
    shop.clock.advance(MINUTE);
    expect(await shop.work()).toEqual(['done']);
    expect((await shop.subscriptions())[0]?.nextPriceId).toBeDefined();
  });

  it('by two at once makes one price, which no other catalogue sells', async () => {
    const { shop, pro } = await stocked();
    await Promise.all([buying(shop)(pro, 6), buying(shop)(pro, 6)]);
    const plan = (await shop.deps.readers.plan(pro.sellerId, pro.id))._unsafeUnwrap();
    expect(plan.prices.map(({ every }) => every.count)).toEqual([1, 6]);
    const priceId = plan.prices[1]?.processorId;
    const wanted = { mode: 'subscription', priceId, successUrl: SUCCESS, cancelUrl: CANCEL } as const;
    expect(kindOf(await shop.app.openCheckout(wanted, shop.payer()))).toBe('price_unknown');
  });
});

describe('a checkout for a plan', () => {
  it('is for who has none yet, and for a plan that costs something', async () => {
    const { shop, free, pro } = await stocked();
    const ask = async (plan: Numbered) =>
      kindOf(
        await shop.app.planCheckout(
          { planNumber: plan.number, months: 1, successUrl: SUCCESS, cancelUrl: CANCEL },
          shop.payer(),
        ),
      );
    expect(await ask(free)).toBe('free_plan');
    expect(await ask({ number: 99 })).toBe('not_found');
    expect(await ask(pro)).toBe('ok');
    await paidOn(shop, pro);
    expect(await ask(pro)).toBe('already_subscribed');
  });
});
