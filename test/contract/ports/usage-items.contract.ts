import { err, ok } from 'neverthrow';
import { afterEach, describe, expect, it } from 'vitest';
import {
  HERE,
  KEYLESS,
  MONTHLY,
  type OpenStage,
  type ProcessorStage,
  payer,
  YEARLY,
} from './processor.rig.js';

/** What is used, on the subscription and the invoices of who used it. */
export const usageItemsContract = (name: string, open: OpenStage) =>
  describe(`Usage beside a plan: ${name}`, () => {
    let stage: ProcessorStage;
    afterEach(() => stage.close());

    const on = () => stage.processor.subscriptions;
    const usagePrice = async (every: typeof MONTHLY | typeof YEARLY = MONTHLY, currency = 'usd') =>
      (await stage.processor.catalogue.ensureUsagePrice(HERE, { currency, every }))._unsafeUnwrap().id;
    const get = async (id: string) => (await on().get(HERE, id))._unsafeUnwrap();

    /** A customer of a plan for 10.00, with usage beside it. */
    const subscribed = async () => {
      stage = await open();
      const customer = await payer(stage);
      const [plan, usage] = [await stage.price({ amount: 1_000n }), await usagePrice()];
      return { customer, plan, usage, id: await stage.subscribe(customer, [plan, usage]) };
    };

    it('makes one price by usage for each rhythm and currency, and finds it again', async () => {
      stage = await open();
      const { catalogue } = stage.processor;
      const terms = { currency: 'usd', every: MONTHLY };
      const made = (await catalogue.ensureUsagePrice(HERE, terms))._unsafeUnwrap();
      expect(made).toMatchObject({ active: true, amount: undefined, metered: true, ...terms });
      expect(await catalogue.ensureUsagePrice(HERE, terms)).toEqual(ok(made));
      expect(await catalogue.price(HERE, made.id)).toEqual(ok(made));
      const others = [await usagePrice(YEARLY), await usagePrice(MONTHLY, 'eur')];
      expect(new Set([made.id, ...others]).size).toBe(3);
      expect(await catalogue.ensureUsagePrice(KEYLESS, terms)).toEqual(
        err({ kind: 'payments_not_configured' }),
      );
    });

    it('tells the item of the plan from that of what is used', async () => {
      const { id, plan, usage } = await subscribed();
      const view = await get(id);
      expect(view).toMatchObject({ price: plan, usage: { price: usage, since: view.createdAt } });
      expect(view.usage?.itemId).not.toBe(view.itemId);
    });

    it('takes another price by usage for none of ours', async () => {
      stage = await open();
      const plan = await stage.price({ amount: 1_000n });
      const theirs = await stage.price({ amount: 1n, metered: true });
      const view = await get(await stage.subscribe(await payer(stage), [plan, theirs]));
      expect([view.price, view.usage]).toEqual([plan, undefined]);
    });

    it('adds the item to a subscription without one, once', async () => {
      stage = await open();
      const [plan, usage] = [await stage.price({ amount: 1_000n }), await usagePrice()];
      const id = await stage.subscribe(await payer(stage), [plan]);
      const key = stage.fresh('usage');
      const added = (await on().addUsage(HERE, { id, usage, key }))._unsafeUnwrap();
      expect(added).toMatchObject({ id, price: plan, usage: { price: usage } });
      expect((await on().addUsage(HERE, { id, usage, key }))._unsafeUnwrap().usage).toEqual(added.usage);
      const again = await on().addUsage(HERE, { id, usage, key: stage.fresh('usage') });
      expect(again._unsafeUnwrap().usage).toEqual(added.usage);
      expect((await get(id)).usage).toEqual(added.usage);
      const yearly = await stage.subscribe(await payer(stage), [
        await stage.price({ amount: 9_000n, every: YEARLY }),
      ]);
      const unfit = await on().addUsage(HERE, { id: yearly, usage, key: stage.fresh('usage') });
      expect(unfit._unsafeUnwrapErr().kind).toBe('processor_refused');
      expect(await on().addUsage(KEYLESS, { id, usage, key })).toEqual(
        err({ kind: 'payments_not_configured' }),
      );
    });

    it('goes over to another rhythm only with a price by usage of that rhythm', async () => {
      const { id, usage } = await subscribed();
      const yearly = await stage.price({ amount: 9_000n, every: YEARLY });
      const change = (over: { usage?: string }) =>
        on().changePrice(HERE, { id, price: yearly, at: stage.now(), key: stage.fresh('key'), ...over });
      expect((await change({ usage }))._unsafeUnwrapErr().kind).toBe('processor_refused');
      const view = (await change({ usage: await usagePrice(YEARLY) }))._unsafeUnwrap();
      expect(view).toMatchObject({ price: yearly, usage: { price: await usagePrice(YEARLY) } });
    });

    it('takes the item away with a price that has none beside it, and adds none by a change', async () => {
      const { id, customer, plan } = await subscribed();
      const other = await stage.price({ amount: 2_000n });
      const change = async (target: string, usage?: string) =>
        (
          await on().changePrice(HERE, {
            id: target,
            price: other,
            at: stage.now(),
            key: stage.fresh('key'),
            ...(usage !== undefined && { usage }),
          })
        )._unsafeUnwrap();
      expect(await change(id)).toMatchObject({ price: other });
      expect((await get(id)).usage).toBeUndefined();
      const bare = await stage.subscribe(customer, [plan]);
      expect((await change(bare, await usagePrice())).usage).toBeUndefined();
    });

    it('opens a page for a plan with usage, and none where the rhythms differ', async () => {
      stage = await open();
      const customer = await payer(stage);
      const price = await stage.price({ amount: 1_000n });
      const session = (usage: string) => ({
        key: stage.fresh('session'),
        customer,
        mode: 'subscription' as const,
        price,
        usage,
        successUrl: 'https://shop.test/done',
        cancelUrl: 'https://shop.test/back',
        labels: {},
      });
      const { checkout } = stage.processor;
      expect((await checkout.open(HERE, session(await usagePrice()))).isOk()).toBe(true);
      const refused = await checkout.open(HERE, session(await usagePrice(YEARLY)));
      expect(refused._unsafeUnwrapErr().kind).toBe('processor_refused');
    });

    it('stays in the currency that it began in', async () => {
      const { id } = await subscribed();
      const euros = await stage.processor.catalogue.ensurePrice(HERE, {
        key: stage.fresh('euros'),
        product: { id: stage.fresh('product'), name: 'A plan' },
        currency: 'eur',
        amount: 1_000n,
        every: MONTHLY,
      });
      const price = euros._unsafeUnwrap().id;
      const usage = await usagePrice(MONTHLY, 'eur');
      const change = { id, price, usage, at: stage.now(), key: stage.fresh('key') };
      expect((await on().changePrice(HERE, change))._unsafeUnwrapErr().kind).toBe('processor_refused');
    });

    it('pays back what was paid last, once', async () => {
      const { id } = await subscribed();
      const key = stage.fresh('refund');
      const refund = (over: { id?: string; key?: string } = {}) =>
        on().refundLatest(HERE, { id, key, ...over });
      expect(await refund()).toEqual(ok(1_000n));
      expect(await refund()).toEqual(ok(1_000n));
      expect(await refund({ key: stage.fresh('refund') })).toEqual(ok(0n));
      expect(await refund({ id: 'sub_none', key: stage.fresh('refund') })).toEqual(
        err({ kind: 'processor_missing', what: 'subscription' }),
      );
      const free = await stage.subscribe(await payer(stage), [await stage.price({ amount: 0n })]);
      expect(await refund({ id: free, key: stage.fresh('refund') })).toEqual(ok(0n));
      expect(await on().refundLatest(KEYLESS, { id, key })).toEqual(err({ kind: 'payments_not_configured' }));
    });
  });
