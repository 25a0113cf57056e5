import { ok } from 'neverthrow';
import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, plus } from '../../../src/domain/shared/time.js';
import {
  controlsOf,
  HERE,
  MONTHLY,
  type OpenStage,
  type ProcessorStage,
  payer,
  YEARLY,
} from './processor.rig.js';

/** What is used, with what takes time, faults or somebody at a page to see. */
export const usageTimesContract = (name: string, open: OpenStage) =>
  describe(`Usage beside a plan, in time: ${name}`, () => {
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

    const { advance, fail, pay, refunded } = {
      advance: (ms: number) => controlsOf(stage).advance(ms),
      fail: (...given: Parameters<ReturnType<typeof controlsOf>['fail']>) => controlsOf(stage).fail(...given),
      pay: (...given: Parameters<ReturnType<typeof controlsOf>['pay']>) => controlsOf(stage).pay(...given),
      refunded: () => controlsOf(stage).refunded(),
    };
    const use = async (customer: string, cents: bigint, ago = 0) =>
      (
        await stage.processor.meters.report(HERE, {
          key: stage.fresh('line'),
          customer,
          cents,
          usedAt: plus(stage.now(), -ago),
        })
      )._unsafeUnwrap();
    const bills = async (customer: string) =>
      (await stage.processor.invoices.list(HERE, customer, 100))
        ._unsafeUnwrap()
        .items.map(({ amountDue, hasUsageLines, billingReason }) => [amountDue, hasUsageLines, billingReason])
        .reverse();

    it('subscribes who pays on the page to both, and bills both when the period ends', async () => {
      stage = await open();
      const customer = await payer(stage);
      const [price, usage] = [await stage.price({ amount: 1_000n }), await usagePrice()];
      const opened = await stage.processor.checkout.open(HERE, {
        key: stage.fresh('session'),
        customer,
        mode: 'subscription',
        price,
        usage,
        successUrl: 'https://shop.test/done',
        cancelUrl: 'https://shop.test/back',
        labels: {},
      });
      await pay(opened._unsafeUnwrap());
      const [view] = (await on().ofCustomer(HERE, customer))._unsafeUnwrap();
      expect(view).toMatchObject({ price, usage: { price: usage } });
      await use(customer, 250n);
      await advance(DAY);
      await use(customer, 17n);
      const id = view?.id ?? '';
      const upcoming = (await stage.processor.invoices.upcoming(HERE, id))._unsafeUnwrap();
      await advance((view?.period.end ?? 0) - stage.now());
      expect(await bills(customer)).toEqual([
        [1_000n, false, 'subscription_create'],
        [1_267n, true, 'subscription_cycle'],
      ]);
      expect(upcoming?.amountDue).toBe(1_267n);
    });

    it('has no usage line where nothing was used, or what was used came to nothing', async () => {
      const { customer, id } = await subscribed();
      await advance((await get(id)).period.end - stage.now());
      expect(await bills(customer)).toEqual([
        [1_000n, false, 'subscription_create'],
        [1_000n, false, 'subscription_cycle'],
      ]);
    });

    it('bills what was used so far when another rhythm begins, and the rest when that ends', async () => {
      const { customer, id } = await subscribed();
      const yearly = await stage.price({ amount: 9_000n, every: YEARLY });
      const usage = await usagePrice(YEARLY);
      await use(customer, 300n);
      await advance(10 * DAY);
      const change = { price: yearly, usage, at: stage.now() };
      const preview = await stage.processor.invoices.previewChange(HERE, { subscriptionId: id, ...change });
      const after = (
        await on().changePrice(HERE, { id, ...change, key: stage.fresh('key') })
      )._unsafeUnwrap();
      const [, update] = await bills(customer);
      expect(update?.slice(1)).toEqual([true, 'subscription_update']);
      expect(preview._unsafeUnwrap().amountDue).toBe(update?.[0]);
      expect(preview._unsafeUnwrap().lines.map(({ amount }) => amount)).toContain(300n);
      await advance(DAY);
      await use(customer, 45n);
      const next = await stage.processor.invoices.upcoming(HERE, id);
      expect(next._unsafeUnwrap()?.amountDue).toBe(9_045n);
      expect(after.period.start).toBe(change.at);
    });

    it.each(['before', 'after'] as const)(
      'changes to another rhythm once when the first answer got lost %s it was done',
      async (fault) => {
        const { customer, id } = await subscribed();
        const yearly = await stage.price({ amount: 9_000n, every: YEARLY });
        const usage = await usagePrice(YEARLY);
        await advance(3 * DAY);
        const change = { id, price: yearly, usage, at: stage.now(), key: stage.fresh('change') };
        fail(fault, 'changePrice');
        expect((await on().changePrice(HERE, change))._unsafeUnwrapErr().kind).toBe('unavailable');
        const view = (await on().changePrice(HERE, change))._unsafeUnwrap();
        expect(view).toMatchObject({ price: yearly, usage: { price: usage } });
        expect(await bills(customer)).toHaveLength(2);
      },
    );

    it('plans the price by usage with the plan’s for the end of the period', async () => {
      const { customer, id } = await subscribed();
      const yearly = await stage.price({ amount: 9_000n, every: YEARLY });
      const usage = await usagePrice(YEARLY);
      await use(customer, 70n);
      const planned = await on().changePriceAtPeriodEnd(HERE, {
        id,
        price: yearly,
        usage,
        key: stage.fresh('later'),
      });
      const { period } = planned._unsafeUnwrap();
      await advance(period.end - stage.now());
      expect(await get(id)).toMatchObject({ price: yearly, usage: { price: usage } });
      expect((await bills(customer)).at(-1)).toEqual([9_070n, true, 'subscription_cycle']);
    });

    it.each(['before', 'after'] as const)(
      'has the item once when the first answer got lost %s it was added',
      async (fault) => {
        stage = await open();
        const customer = await payer(stage);
        const [plan, usage] = [await stage.price({ amount: 1_000n }), await usagePrice()];
        const id = await stage.subscribe(customer, [plan]);
        const key = stage.fresh('usage');
        fail(fault, 'addUsage');
        expect((await on().addUsage(HERE, { id, usage, key }))._unsafeUnwrapErr().kind).toBe('unavailable');
        expect((await on().addUsage(HERE, { id, usage, key }))._unsafeUnwrap().usage?.price).toBe(usage);
        await use(customer, 5n);
        const next = (await stage.processor.invoices.upcoming(HERE, id))._unsafeUnwrap();
        expect(next?.amountDue).toBe(1_005n);
      },
    );

    it('bills nothing that was used before the item was added', async () => {
      stage = await open();
      const customer = await payer(stage);
      const [plan, usage] = [await stage.price({ amount: 1_000n }), await usagePrice()];
      const id = await stage.subscribe(customer, [plan]);
      await advance(2 * DAY);
      await use(customer, 400n, DAY);
      (await on().addUsage(HERE, { id, usage, key: stage.fresh('usage') }))._unsafeUnwrap();
      await use(customer, 30n);
      const next = (await stage.processor.invoices.upcoming(HERE, id))._unsafeUnwrap();
      expect(next?.amountDue).toBe(1_030n);
    });

    it('bills what is told within the hour after the end', async () => {
      const { customer, id } = await subscribed();
      (await on().setCancelAtPeriodEnd(HERE, { id, cancel: true, key: stage.fresh('flag') }))._unsafeUnwrap();
      const { end } = (await get(id)).period;
      await advance(end - stage.now() + HOUR / 2);
      expect((await get(id)).status).toBe('canceled');
      await use(customer, 88n, HOUR);
      await use(customer, 7n, 0);
      expect(await bills(customer)).toHaveLength(1);
      await advance(HOUR / 2);
      expect((await bills(customer)).at(-1)).toEqual([88n, true, 'subscription_cycle']);
      await advance(HOUR);
      expect(await bills(customer)).toHaveLength(2);
    });

    it.each(['before', 'after'] as const)(
      'pays back once when the first answer got lost %s it was paid',
      async (fault) => {
        const { id } = await subscribed();
        const refund = { id, key: stage.fresh('refund') };
        fail(fault, 'refundLatest');
        expect((await on().refundLatest(HERE, refund))._unsafeUnwrapErr().kind).toBe('unavailable');
        expect(await on().refundLatest(HERE, refund)).toEqual(ok(1_000n));
        expect(await refunded()).toBe(1_000n);
      },
    );
  });
