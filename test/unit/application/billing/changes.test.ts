import { describe, expect, it } from 'vitest';
import { DAY, MINUTE, plus } from '../../../../src/domain/shared/time.js';
import { kindOf, openShop, type Shop, START } from './shop.js';

const subscribed = async () => {
  const shop = await openShop();
  const basic = await shop.plan('Basic', 10_000n, 100_000n);
  const pro = await shop.plan('Pro', 30_000n, 300_000n);
  const { customer } = await shop.subscribe(basic.monthly);
  return { shop, basic, pro, customer };
};

const current = async ({ app, payer }: Shop) => (await app.getSubscription(payer()))._unsafeUnwrap();

describe('changing a plan', () => {
  it('charges the difference for the rest of the period, and just what the preview said', async () => {
    const { shop, pro } = await subscribed();
    await shop.pass(15 * DAY);
    const { preview, at } = (
      await shop.app.previewChange({ priceId: pro.monthly }, shop.payer())
    )._unsafeUnwrap();
    expect(preview.lines.map(({ amount }) => amount)).toEqual([-5_000n, 15_000n]);
    expect(preview.amountDue).toBe(10_000n);
    await shop.pass(9 * MINUTE);
    const changed = (await shop.app.changePlan({ priceId: pro.monthly, at }, shop.payer()))._unsafeUnwrap();
    expect(changed).toMatchObject({
      status: 'active',
      processor: { priceId: pro.monthly },
      priceId: pro.plan.prices[0]?.id,
      period: { start: START, end: plus(START, 30 * DAY) },
    });
    expect(await shop.bills()).toEqual([10_000n, 10_000n]);
    expect(await current(shop)).toEqual(changed);
  });

  it('begins a year at the change, less what is left of the month', async () => {
    const { shop, basic } = await subscribed();
    await shop.pass(15 * DAY);
    const { preview, at } = (
      await shop.app.previewChange({ priceId: basic.yearly }, shop.payer())
    )._unsafeUnwrap();
    expect(preview.lines.map(({ amount }) => amount)).toEqual([-5_000n, 100_000n]);
    const changed = (await shop.app.changePlan({ priceId: basic.yearly, at }, shop.payer()))._unsafeUnwrap();
    expect(changed.period).toEqual({ start: plus(START, 15 * DAY), end: plus(START, 380 * DAY) });
    expect(await shop.bills()).toEqual([10_000n, 95_000n]);
  });

  it('takes no quote that is older than ten minutes, of the future or of another period', async () => {
    const { shop, pro } = await subscribed();
    await shop.pass(29 * DAY + 23 * 60 * MINUTE + 55 * MINUTE);
    const { at } = (await shop.app.previewChange({ priceId: pro.monthly }, shop.payer()))._unsafeUnwrap();
    const asked = (when = at) => shop.app.changePlan({ priceId: pro.monthly, at: when }, shop.payer());
    expect(kindOf(await asked(plus(at, 1_000)))).toBe('quote_expired');
    expect(kindOf(await asked(plus(at, -11 * MINUTE)))).toBe('quote_expired');
    await shop.pass(6 * MINUTE);
    expect(await shop.bills()).toEqual([10_000n, 10_000n]);
    expect(kindOf(await asked())).toBe('quote_expired');
    expect((await current(shop))?.processor?.priceId).not.toBe(pro.monthly);
  });

  it('takes no quote that was told for a change from another price', async () => {
    const { shop, pro } = await subscribed();
    const team = await shop.plan('Team', 20_000n, 200_000n);
    await shop.pass(15 * DAY);
    const { at } = (await shop.app.previewChange({ priceId: pro.monthly }, shop.payer()))._unsafeUnwrap();
    await shop.pass(MINUTE);
    (await shop.app.changePlan({ priceId: team.monthly }, shop.payer()))._unsafeUnwrap();
    await shop.pass(MINUTE);
    const asked = (when: typeof at) => shop.app.changePlan({ priceId: pro.monthly, at: when }, shop.payer());
    expect(kindOf(await asked(at))).toBe('quote_expired');
    const fresh = (await shop.app.previewChange({ priceId: pro.monthly }, shop.payer()))._unsafeUnwrap();
    expect(kindOf(await asked(fresh.at))).toBe('ok');
    expect((await shop.bills()).at(-1)).toBe(fresh.preview.amountDue);
  });

  it('refuses what it is already, what is not on sale and what nobody has', async () => {
    const { shop, basic, pro } = await subscribed();
    const asked = async (priceId: string) => kindOf(await shop.app.changePlan({ priceId }, shop.payer()));
    const foreign = shop.price(5_000n, { interval: 'month', count: 1 });
    const own = await shop.ownPlan('Of another catalogue', 100n);
    expect(own.prices).toHaveLength(1);
    const newer = shop.price(40_000n, { interval: 'month', count: 1 });
    (await shop.app.updatePlan(pro.plan.id, { monthlyPriceId: newer }, shop.admin()))._unsafeUnwrap();
    expect(await asked(basic.monthly)).toBe('same_price');
    expect(await asked(pro.monthly)).toBe('price_unknown');
    expect(await asked(foreign)).toBe('price_unknown');
    expect(await asked('price_of_nobody')).toBe('price_unknown');
    expect(kindOf(await shop.app.previewChange({ priceId: basic.monthly }, shop.payer()))).toBe('same_price');
    expect(kindOf(await shop.app.previewChange({ priceId: foreign }, shop.payer()))).toBe('price_unknown');
    expect(await asked(newer)).toBe('ok');

    const empty = await openShop();
    const plan = await empty.plan('Basic', 10_000n, 100_000n);
    const { app, payer } = empty;
    expect(kindOf(await app.changePlan({ priceId: plan.monthly }, payer()))).toBe('no_subscription');
    expect(kindOf(await app.previewChange({ priceId: plan.monthly }, payer()))).toBe('no_subscription');
    expect([kindOf(await app.cancel(payer())), kindOf(await app.resume(payer()))]).toEqual([
      'no_subscription',
      'no_subscription',
    ]);
    expect(empty.hooks.counts()).toEqual({ customers: 0, subscriptions: 0, charges: 0 });
  });

  it('leaves all as it was when the bank says no, and tries anew when asked anew', async () => {
    const { shop, pro, customer } = await subscribed();
    await shop.pass(15 * DAY);
    const before = await current(shop);
    shop.hooks.keepCard(customer, 'declines');
    const declined = await shop.app.changePlan({ priceId: pro.monthly }, shop.payer(), shop.once('first'));
    expect(declined._unsafeUnwrapErr()).toEqual({ kind: 'payment_declined', code: 'generic_decline' });
    expect(await current(shop)).toEqual(before);
    expect(await shop.bills()).toEqual([10_000n]);

    shop.hooks.keepCard(customer, 'pays');
    const same = await shop.app.changePlan({ priceId: pro.monthly }, shop.payer(), shop.once('first'));
    expect(same._unsafeUnwrapErr()).toEqual({ kind: 'payment_declined', code: 'generic_decline' });
    const anew = await shop.app.changePlan({ priceId: pro.monthly }, shop.payer(), shop.once('second'));
    expect(anew._unsafeUnwrap().processor?.priceId).toBe(pro.monthly);
    expect(await shop.bills()).toEqual([10_000n, 10_000n]);
    expect(await shop.audit()).toEqual(
      expect.arrayContaining(['subscription.change_plan', 'subscription.change_plan_refused']),
    );
  });

  it('answers the same request again with what it has made, and charges once', async () => {
    const { shop, pro } = await subscribed();
    const ask = () => shop.app.changePlan({ priceId: pro.monthly }, shop.payer(), shop.once('a key'));
    const first = (await ask())._unsafeUnwrap();
    expect((await ask())._unsafeUnwrap()).toEqual(first);
    expect(await shop.bills()).toEqual([10_000n, 20_000n]);
  });

  it('lets one of two who change at once through', async () => {
    const { shop, basic, pro } = await subscribed();
    const outcomes = await Promise.all([
      shop.app.changePlan({ priceId: pro.monthly }, shop.payer()),
      shop.app.changePlan({ priceId: basic.yearly }, shop.payer()),
    ]);
    expect(outcomes.map(kindOf).sort()).toEqual(['change_in_progress', 'ok']);
    expect(shop.hooks.counts().charges).toBe(2);
  });
});

describe('cancelling and resuming', () => {
  it('runs on to the end of the period, can be taken back, and each is refused a second time', async () => {
    const { shop, pro } = await subscribed();
    const { app, payer } = shop;
    expect(kindOf(await app.resume(payer()))).toBe('not_cancelling');
    expect((await app.cancel(payer()))._unsafeUnwrap()).toMatchObject({
      status: 'active',
      cancelAtPeriodEnd: true,
    });
    expect(kindOf(await app.cancel(payer()))).toBe('already_cancelling');
    expect(kindOf(await app.changePlan({ priceId: pro.monthly }, payer()))).toBe('change_while_cancelling');
    expect(kindOf(await app.previewChange({ priceId: pro.monthly }, payer()))).toBe(
      'change_while_cancelling',
    );
    expect((await app.upcomingInvoice(payer()))._unsafeUnwrap()).toBeUndefined();
    expect((await app.resume(payer()))._unsafeUnwrap().cancelAtPeriodEnd).toBe(false);
    expect((await app.upcomingInvoice(payer()))._unsafeUnwrap()?.amountDue).toBe(10_000n);
    (await app.cancel(payer()))._unsafeUnwrap();
    await shop.pass(31 * DAY);
    expect(await current(shop)).toMatchObject({ status: 'ended', endedAt: plus(START, 30 * DAY) });
    expect(kindOf(await app.cancel(payer()))).toBe('no_subscription');
    expect(kindOf(await app.resume(payer()))).toBe('no_subscription');
    expect(await shop.bills()).toEqual([10_000n]);
  });

  it('tells of every version once, and audits who did what', async () => {
    const { shop } = await subscribed();
    (await shop.app.cancel(shop.payer()))._unsafeUnwrap();
    (await shop.app.resume(shop.payer()))._unsafeUnwrap();
    await shop.delivered();
    const [row] = await shop.subscriptions();
    const [customer] = await shop.customers();
    expect(await shop.events(row?.id ?? '')).toEqual([1, 2, 3]);
    expect(row?.version).toBe(3);
    expect(await shop.events(customer?.id ?? '')).toEqual([1, 2]);
    expect(await shop.audit()).toEqual(
      expect.arrayContaining(['subscription.cancel', 'subscription.resume', 'customer.create']),
    );
  });
});
