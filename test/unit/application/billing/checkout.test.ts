import { describe, expect, it } from 'vitest';
import { PLATFORM_CONNECTION } from '../../../../src/application/billing/events/connections.js';
import { DAY } from '../../../../src/domain/shared/time.js';
import { CANCEL, kindOf, openShop, type Shop, SUCCESS } from './shop.js';

const asking = (shop: Shop) => (over: object, key?: string) =>
  shop.app.openCheckout(
    { mode: 'subscription', successUrl: SUCCESS, cancelUrl: CANCEL, ...over },
    shop.payer(),
    key === undefined ? undefined : shop.once(key),
  );

const pays = ({ hooks }: Shop, id: string): boolean => {
  try {
    hooks.complete(id);
    return true;
  } catch {
    return false;
  }
};

describe('a page to pay on', () => {
  it('grants nothing until the processor says that it was paid', async () => {
    const shop = await openShop();
    const { monthly } = await shop.plan('Basic', 10_000n, 100_000n);
    const { id, url } = (await asking(shop)({ priceId: monthly }))._unsafeUnwrap();
    expect(url).toContain(id);
    expect((await shop.app.getSubscription(shop.payer()))._unsafeUnwrap()).toBeUndefined();
    shop.hooks.complete(id);
    expect((await shop.app.getSubscription(shop.payer()))._unsafeUnwrap()).toBeUndefined();
    await shop.delivered();
    expect((await shop.app.getSubscription(shop.payer()))._unsafeUnwrap()).toMatchObject({
      status: 'active',
      truthSource: 'mirrored',
      processor: { priceId: monthly },
    });
    expect(shop.hooks.counts()).toEqual({ customers: 1, subscriptions: 1, charges: 1 });
    expect(kindOf(await asking(shop)({ priceId: monthly }))).toBe('already_subscribed');
  });

  it('is for a recurring price that is on sale, or for one that is paid once, or for no price at all', async () => {
    const shop = await openShop();
    const ask = asking(shop);
    const { plan, monthly, yearly } = await shop.plan('Basic', 10_000n, 100_000n);
    const newer = shop.price(12_000n, { interval: 'month', count: 1 });
    (await shop.app.updatePlan(plan.id, { monthlyPriceId: newer }, shop.admin()))._unsafeUnwrap();
    const [onePrice, notOurs] = [shop.price(500n), shop.price(700n, { interval: 'month', count: 1 })];
    const gone = shop.price(500n);
    shop.hooks.archivePrice(gone);
    const of = async (mode: string, priceId?: string) => kindOf(await ask({ mode, priceId }));
    expect(await of('subscription', monthly)).toBe('price_unknown');
    expect(await of('subscription', notOurs)).toBe('price_unknown');
    expect(await of('subscription', onePrice)).toBe('price_unknown');
    expect(await of('subscription', 'price_of_nobody')).toBe('price_unknown');
    expect(await of('subscription')).toBe('price_unknown');
    expect(await of('payment', newer)).toBe('price_unknown');
    expect(await of('payment', gone)).toBe('price_unknown');
    expect(await of('payment', 'price_of_nobody')).toBe('price_unknown');
    expect(await of('payment')).toBe('price_unknown');
    expect(shop.hooks.counts().customers).toBe(0);
    expect([await of('payment', onePrice), await of('subscription', newer)]).toEqual(['ok', 'ok']);
    expect([await of('subscription', yearly), await of('setup', 'price_of_nobody')]).toEqual(['ok', 'ok']);
  });

  it('sends back only to where the seller allows', async () => {
    const shop = await openShop();
    const { monthly: priceId } = await shop.plan('Basic', 10_000n, 100_000n);
    const refused = await asking(shop)({ priceId, cancelUrl: 'http://app.example/left' });
    expect(refused._unsafeUnwrapErr()).toMatchObject({ kind: 'url_not_allowed', field: 'cancel_url' });
    const { app, payer } = shop;
    const portal = await app.openPortal({ returnUrl: 'javascript:alert(1)' }, payer());
    expect(portal._unsafeUnwrapErr()).toMatchObject({ kind: 'url_not_allowed', field: 'return_url' });
    expect(kindOf(await app.openPortal({ returnUrl: SUCCESS }, payer()))).toBe('no_customer');
    (await asking(shop)({ priceId }))._unsafeUnwrap();
    expect((await app.openPortal({ returnUrl: SUCCESS }, payer()))._unsafeUnwrap().url).toMatch(/^https:/);
  });

  it('is closed when another is opened, so that no two are paid', async () => {
    const shop = await openShop();
    const { monthly, yearly } = await shop.plan('Basic', 10_000n, 100_000n);
    const first = (await asking(shop)({ priceId: monthly }))._unsafeUnwrap();
    const second = (await asking(shop)({ priceId: yearly }))._unsafeUnwrap();
    expect([pays(shop, first.id), pays(shop, second.id)]).toEqual([false, true]);
    await shop.delivered();
    expect(shop.hooks.counts()).toEqual({ customers: 1, subscriptions: 1, charges: 1 });
  });

  it('is one, whoever comes at once', async () => {
    const shop = await openShop();
    const { monthly } = await shop.plan('Basic', 10_000n, 100_000n);
    const pages = await Promise.all([1, 2, 3].map(() => asking(shop)({ priceId: monthly })));
    const ids = pages.flatMap((page) => (page.isOk() ? [page.value.id] : []));
    expect(ids.filter((id) => pays(shop, id)).length).toBeLessThanOrEqual(1);
    expect(shop.hooks.counts().customers).toBe(1);
    const last = await asking(shop)({ priceId: monthly });
    if (last.isOk()) pays(shop, last.value.id);
    await shop.delivered();
    expect(shop.hooks.counts()).toEqual({ customers: 1, subscriptions: 1, charges: 1 });
  });

  it('is not opened while somebody has just paid on the one before', async () => {
    const shop = await openShop();
    const { monthly, yearly } = await shop.plan('Basic', 10_000n, 100_000n);
    const { id } = (await asking(shop)({ priceId: monthly }))._unsafeUnwrap();
    shop.hooks.complete(id);
    expect(kindOf(await asking(shop)({ priceId: yearly }))).toBe('already_subscribed');
    await shop.delivered();
    expect(kindOf(await asking(shop)({ priceId: yearly }))).toBe('already_subscribed');
    expect(shop.hooks.counts().subscriptions).toBe(1);
  });

  it('is refused again to the same request when it was refused because somebody has paid', async () => {
    const shop = await openShop();
    const { monthly, yearly } = await shop.plan('Basic', 10_000n, 100_000n);
    const { id } = (await asking(shop)({ priceId: monthly }))._unsafeUnwrap();
    shop.hooks.complete(id);
    expect(kindOf(await asking(shop)({ priceId: yearly }, 'k'))).toBe('already_subscribed');
    expect(kindOf(await asking(shop)({ priceId: yearly }, 'k'))).toBe('already_subscribed');
  });

  it('is the same for the same request, and is forgotten after a day', async () => {
    const shop = await openShop();
    const { monthly: priceId } = await shop.plan('Basic', 10_000n, 100_000n);
    const first = (await asking(shop)({ priceId }, 'a key'))._unsafeUnwrap();
    expect((await asking(shop)({ priceId }, 'a key'))._unsafeUnwrap()).toEqual(first);
    expect(await shop.work()).toEqual([]);
    await shop.pass(DAY);
    expect(await shop.work()).toEqual(['done']);
    expect(pays(shop, first.id)).toBe(false);
    const next = (await asking(shop)({ priceId }, 'a key'))._unsafeUnwrap();
    expect(pays(shop, next.id)).toBe(true);
  });

  it.each(['before', 'after'] as const)(
    'comes of one customer and one session, wherever the answer is lost (%s the act)',
    async (fault) => {
      for (const call of ['ensureCustomer', 'open', 'expire', 'ofCustomer']) {
        const shop = await openShop();
        const { monthly, yearly } = await shop.plan('Basic', 10_000n, 100_000n);
        const earlier =
          call === 'ensureCustomer' ? undefined : (await asking(shop)({ priceId: yearly }))._unsafeUnwrap();
        shop.memory.faults.next(fault, { call });
        expect([call, kindOf(await asking(shop)({ priceId: monthly }, 'k'))]).toEqual([call, 'unavailable']);
        const page = (await asking(shop)({ priceId: monthly }, 'k'))._unsafeUnwrap();
        expect([call, earlier && pays(shop, earlier.id)]).toEqual([call, earlier && false]);
        shop.hooks.complete(page.id);
        await shop.delivered();
        expect(shop.hooks.counts()).toEqual({ customers: 1, subscriptions: 1, charges: 1 });
        const { app, payer } = shop;
        expect((await app.getSubscription(payer()))._unsafeUnwrap()?.processor?.priceId).toBe(monthly);
      }
    },
  );

  it('is none without a key of the processor, and nothing but the account as a customer is left behind', async () => {
    const shop = await openShop();
    const { monthly: priceId } = await shop.plan('Basic', 10_000n, 100_000n);
    shop.withoutKey();
    expect(kindOf(await asking(shop)({ priceId }))).toBe('payments_not_configured');
    expect((await shop.customers()).map(({ processorId }) => processorId)).toEqual([undefined]);
  });
});

describe('invoices', () => {
  it('are listed newest first with why they were made', async () => {
    const shop = await openShop();
    const { app, payer, memory, hooks } = shop;
    expect((await app.listInvoices({ limit: 5 }, payer()))._unsafeUnwrap()).toEqual({
      items: [],
      hasMore: false,
    });
    expect((await app.upcomingInvoice(payer()))._unsafeUnwrap()).toBeUndefined();
    const { monthly } = await shop.plan('Basic', 10_000n, 100_000n);
    const pro = await shop.plan('Pro', 30_000n, 300_000n);
    const usage = shop.price(undefined, { interval: 'month', count: 1 }, { metered: true });
    const page = await app.openCheckout({ mode: 'setup', successUrl: SUCCESS, cancelUrl: CANCEL }, payer());
    hooks.complete(page._unsafeUnwrap().id);
    const customer = (await shop.customers())[0]?.processorId ?? '';
    hooks.subscribe(customer, [monthly, usage]);
    await shop.delivered();
    (await app.changePlan({ priceId: pro.monthly }, payer()))._unsafeUnwrap();
    const used = { key: 'a line', customer, cents: 123n, usedAt: shop.clock.now() };
    (await memory.meters.report(PLATFORM_CONNECTION, used))._unsafeUnwrap();
    const upcoming = (await app.upcomingInvoice(payer()))._unsafeUnwrap();
    expect(upcoming?.amountDue).toBe(30_123n);
    await shop.pass(30 * DAY);
    const { items } = (await app.listInvoices({ limit: 5 }, payer()))._unsafeUnwrap();
    expect(items.map(({ reason, amountDue }) => [reason, amountDue])).toEqual([
      ['subscription_usage', 30_123n],
      ['subscription_update', 20_000n],
      ['subscription_create', 10_000n],
    ]);
    const page2 = (await app.listInvoices({ limit: 2 }, payer()))._unsafeUnwrap();
    expect([page2.items.length, page2.hasMore]).toEqual([2, true]);
  });
});
