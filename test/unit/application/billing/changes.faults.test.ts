import { ok, type Result, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../../src/application/billing/changes/act.js';
import { change } from '../../../../src/application/billing/changes/change.js';
import { billing } from '../../../../src/application/billing/index.js';
import { DAY, MINUTE } from '../../../../src/domain/shared/time.js';
import { kindOf, openShop, type Shop } from './shop.js';

const subscribed = async () => {
  const shop = await openShop();
  const basic = await shop.plan('Basic', 10_000n, 100_000n);
  const pro = await shop.plan('Pro', 30_000n, 300_000n);
  const { customer } = await shop.subscribe(basic.monthly);
  return { shop, basic, pro, customer };
};

const current = async ({ app, payer }: Shop) => (await app.getSubscription(payer()))._unsafeUnwrap();

describe('a change that somebody else overtakes', () => {
  it('is written down as things stand by then, not as they stood when it was made', async () => {
    const { shop, pro } = await subscribed();
    const { subscriptions } = shop.memory;
    const id = (await current(shop))?.processor?.id ?? '';
    const other = { key: 'of the portal', id, cancel: true };
    const overtaken: typeof subscriptions = {
      ...subscriptions,
      changePrice: (at, change) =>
        subscriptions.changePrice(at, change).andThen((view) =>
          ResultAsync.fromSafePromise(
            (async () => {
              (await subscriptions.setCancelAtPeriodEnd(at, other))._unsafeUnwrap();
              await shop.delivered();
              return view;
            })(),
          ),
        ),
    };
    const app = billing({ ...shop.deps, processor: { ...shop.deps.processor, subscriptions: overtaken } });
    const changed = (await app.changePlan({ priceId: pro.monthly }, shop.payer()))._unsafeUnwrap();
    expect(changed).toMatchObject({ cancelAtPeriodEnd: true, processor: { priceId: pro.monthly } });
    expect(await current(shop)).toEqual(changed);
    shop.clock.advance(2 * MINUTE);
    expect(await shop.work()).toEqual(['done']);
    expect((await shop.app.resume(shop.payer()))._unsafeUnwrap().cancelAtPeriodEnd).toBe(false);
  });
});

describe('a processor that cannot be reached', () => {
  it('leaves an intent that the job finishes when it is back, and keeps others out meanwhile', async () => {
    const { shop, pro } = await subscribed();
    const { app, payer, memory } = shop;
    memory.faults.next('before', { times: 1_000 });
    expect(kindOf(await app.cancel(payer()))).toBe('unavailable');
    expect((await current(shop))?.cancelAtPeriodEnd).toBe(false);
    expect(kindOf(await app.changePlan({ priceId: pro.monthly }, payer()))).toBe('change_in_progress');
    expect(await shop.work()).toEqual([]);
    shop.clock.advance(2 * MINUTE);
    expect(await shop.work()).toEqual(['unavailable']);
    shop.clock.advance(60 * MINUTE);
    memory.faults.clear();
    expect(await shop.work()).toEqual(['done']);
    expect((await current(shop))?.cancelAtPeriodEnd).toBe(true);
    expect(await shop.work()).toEqual([]);
    expect(kindOf(await app.changePlan({ priceId: pro.monthly }, payer()))).toBe('change_while_cancelling');
  });

  it('is asked no more once it may have forgotten the key, and the intent is reported failed', async () => {
    const { shop, pro } = await subscribed();
    const { app, payer, memory } = shop;
    memory.faults.next('before', { times: 1_000 });
    expect(kindOf(await app.changePlan({ priceId: pro.monthly }, payer(), shop.once('k')))).toBe(
      'unavailable',
    );
    shop.clock.advance(21 * 60 * MINUTE);
    memory.faults.clear();
    expect(await shop.work()).toEqual(['done']);
    const again = await app.changePlan({ priceId: pro.monthly }, payer(), shop.once('k'));
    expect(again._unsafeUnwrapErr()).toMatchObject({ kind: 'processor_refused', code: 'too_late' });
    expect(await shop.bills()).toEqual([10_000n]);
    expect(kindOf(await app.changePlan({ priceId: pro.monthly }, payer()))).toBe('ok');
  });

  it.each([
    ['planned', 21 * 60 * MINUTE],
    ['come true', 40 * DAY],
  ])('has planned what nobody heard of: once the key is forgotten it is found %s', async (_, later) => {
    const { shop, basic, pro } = await subscribed();
    const { app, payer, memory } = shop;
    (await app.changePlan({ priceId: pro.monthly }, payer()))._unsafeUnwrap();
    const rule = (): Result<Change, never> =>
      ok({ kind: 'change_plan_later', price: basic.monthly, priceId: basic.plan.prices[0]?.id });
    const plan = () => change(shop.deps)({ rule, payer: payer(), once: shop.once('k') });
    memory.faults.next('after', { call: 'changePriceAtPeriodEnd' });
    expect(kindOf(await plan())).toBe('unavailable');
    shop.clock.advance(later);
    memory.advance(0);
    expect(new Set(await shop.work())).toEqual(new Set(['done']));
    expect(kindOf(await plan())).toBe('ok');
    const now = await current(shop);
    expect(now?.nextPriceId ?? now?.priceId).toBe(basic.plan.prices[0]?.id);
  });

  it('has done what nobody heard of: the client that asks again is told, and is charged once', async () => {
    const { shop, pro } = await subscribed();
    const { app, payer, memory } = shop;
    memory.faults.next('after', { call: 'changePrice' });
    const ask = () => app.changePlan({ priceId: pro.monthly }, payer(), shop.once('k'));
    expect(kindOf(await ask())).toBe('unavailable');
    expect((await ask())._unsafeUnwrap().processor?.priceId).toBe(pro.monthly);
    expect(await shop.bills()).toEqual([10_000n, 20_000n]);
    shop.clock.advance(2 * MINUTE);
    expect(await shop.work()).toEqual(['done']);
    expect(await shop.bills()).toEqual([10_000n, 20_000n]);
  });

  it('is none where no key is set', async () => {
    const { shop, pro } = await subscribed();
    const { app, payer } = shop;
    shop.withoutKey();
    const kinds = [
      kindOf(await app.changePlan({ priceId: pro.monthly }, payer())),
      kindOf(await app.cancel(payer())),
      kindOf(await app.listInvoices({ limit: 10 }, payer())),
      kindOf(await app.upcomingInvoice(payer())),
      kindOf(await app.openPortal({ returnUrl: 'https://app.example' }, payer())),
    ];
    expect(new Set(kinds)).toEqual(new Set(['payments_not_configured']));
    expect(kindOf(await app.getSubscription(payer()))).toBe('ok');
  });
});
