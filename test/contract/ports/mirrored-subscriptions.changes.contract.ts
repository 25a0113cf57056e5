import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR, plus } from '../../../src/domain/shared/time.js';
import {
  controlsOf,
  HERE,
  type OpenStage,
  type ProcessorStage,
  type Subscribed,
  subscribed,
} from './processor.rig.js';

/** What takes time, faults or a count of the whole account to see. */
export const subscriptionChangesContract = (name: string, open: OpenStage) =>
  describe(`MirroredSubscriptions, changes: ${name}`, () => {
    let stage: ProcessorStage;
    let world: Subscribed;
    afterEach(() => stage.close());

    const on = () => stage.processor.subscriptions;
    const begin = async (): Promise<string> => {
      stage = await open();
      world = await subscribed(stage);
      return world.subscription.id;
    };
    const get = async () => (await on().get(HERE, world.subscription.id))._unsafeUnwrap();
    const later = (price: string, key = stage.fresh('later')) =>
      on().changePriceAtPeriodEnd(HERE, { id: world.subscription.id, price, key });
    const now = (price: string, key = stage.fresh('now')) =>
      on().changePrice(HERE, { id: world.subscription.id, price, at: stage.now(), key });
    const toNextPeriod = () => controlsOf(stage).advance(world.subscription.period.end - stage.now() + HOUR);
    const invoices = async () =>
      (await stage.processor.invoices.list(HERE, world.customer, 100))._unsafeUnwrap().items;

    it('charges the rest of the running period at once, by the second', async () => {
      await begin();
      await controlsOf(stage).advance(7 * DAY + HOUR);
      (await now(world.dear))._unsafeUnwrap();
      const { start, end } = world.subscription.period;
      const left = BigInt(end - stage.now());
      const whole = BigInt(end - start);
      const half = (amount: bigint) => (2n * amount * left + whole) / (2n * whole);
      const [upgrade] = await invoices();
      expect(upgrade).toMatchObject({
        billingReason: 'subscription_update',
        status: 'paid',
        amountDue: half(3_000n) - half(1_000n),
        amountPaid: half(3_000n) - half(1_000n),
      });
      expect((await get()).period).toEqual(world.subscription.period);
    });

    it.each(['before', 'after'] as const)(
      'changes and charges once when the first answer got lost %s it was done',
      async (fault) => {
        await begin();
        const { advance, fail, counts } = controlsOf(stage);
        await advance(3 * DAY);
        const at = stage.now();
        const change = { id: world.subscription.id, price: world.dear, at, key: stage.fresh('change') };
        fail(fault, 'changePrice');
        expect((await on().changePrice(HERE, change))._unsafeUnwrapErr().kind).toBe('unavailable');
        expect((await on().changePrice(HERE, change))._unsafeUnwrap().price).toBe(world.dear);
        expect(await counts()).toEqual({ customers: 1, subscriptions: 1, charges: 2 });
      },
    );

    it('leaves everything as it was when the bank declines', async () => {
      const id = await begin();
      const { advance, fail, counts } = controlsOf(stage);
      await advance(DAY);
      fail('declined', 'changePrice');
      const key = stage.fresh('change');
      const change = { id, price: world.dear, at: stage.now(), key };
      const declined = (await on().changePrice(HERE, change))._unsafeUnwrapErr();
      expect(declined).toEqual({ kind: 'payment_declined', code: 'generic_decline' });
      expect(await get()).toEqual(world.subscription);
      expect((await counts()).charges).toBe(1);
      expect((await on().changePrice(HERE, change))._unsafeUnwrapErr()).toEqual(declined);
      expect((await now(world.dear))._unsafeUnwrap().price).toBe(world.dear);
    });

    it('says so when the saved card fails', async () => {
      await begin();
      await stage.card(world.customer, 'declines');
      expect((await now(world.dear))._unsafeUnwrapErr()).toMatchObject({ kind: 'payment_declined' });
      expect((await get()).price).toBe(world.cheap);
    });

    it('changes at the end of the period, with nothing charged or credited before', async () => {
      await begin();
      await controlsOf(stage).advance(DAY);
      const planned = (await later(world.dear))._unsafeUnwrap();
      expect(planned).toMatchObject({ price: world.cheap, period: world.subscription.period });
      expect(await invoices()).toHaveLength(1);
      await toNextPeriod();
      const after = await get();
      expect(after).toMatchObject({ price: world.dear, status: 'active' });
      expect(after.period.start).toBe(world.subscription.period.end);
      const [renewal] = await invoices();
      expect(renewal).toMatchObject({ amountDue: 3_000n, billingReason: 'subscription_cycle' });
    });

    it('keeps the new price in the periods after it', async () => {
      await begin();
      (await later(world.dear))._unsafeUnwrap();
      await toNextPeriod();
      const { period } = await get();
      await controlsOf(stage).advance(period.end - stage.now() + HOUR);
      expect(await get()).toMatchObject({ price: world.dear, period: { start: period.end } });
    });

    it('plans the same change once, and the last of several', async () => {
      await begin();
      const key = stage.fresh('later');
      (await later(world.dear, key))._unsafeUnwrap();
      expect((await later(world.dear, key)).isOk()).toBe(true);
      const { id } = world.subscription;
      const planned = async () => (await on().planned(HERE, id))._unsafeUnwrap();
      expect(await planned()).toBe(world.dear);
      const third = await stage.price({ amount: 2_000n });
      (await later(third))._unsafeUnwrap();
      expect(await planned()).toBe(third);
      await toNextPeriod();
      expect((await get()).price).toBe(third);
      expect(await planned()).toBeUndefined();
      (await later(world.cheap))._unsafeUnwrap();
      (await later(third))._unsafeUnwrap();
      expect(await planned()).toBeUndefined();
    });

    it.each(['before', 'after'] as const)(
      'plans the change when the first answer got lost %s it was planned',
      async (fault) => {
        await begin();
        const key = stage.fresh('later');
        controlsOf(stage).fail(fault, 'changePriceAtPeriodEnd');
        expect((await later(world.dear, key))._unsafeUnwrapErr().kind).toBe('unavailable');
        expect((await later(world.dear, key)).isOk()).toBe(true);
        await toNextPeriod();
        expect((await get()).price).toBe(world.dear);
      },
    );

    it('forgets the plan when the price is changed now, cancelled, or set back to what it is', async () => {
      const third = async () => stage.price({ amount: 2_000n });
      await begin();
      (await later(world.dear))._unsafeUnwrap();
      const chosen = await third();
      (await now(chosen))._unsafeUnwrap();
      await toNextPeriod();
      expect((await get()).price).toBe(chosen);
      await stage.close();

      await begin();
      (await later(world.dear))._unsafeUnwrap();
      expect((await later(world.cheap)).isOk()).toBe(true);
      await toNextPeriod();
      expect((await get()).price).toBe(world.cheap);
      await stage.close();

      await begin();
      const { id } = world.subscription;
      (await later(world.dear))._unsafeUnwrap();
      const cancelled = await on().setCancelAtPeriodEnd(HERE, { id, cancel: true, key: stage.fresh('flag') });
      expect(cancelled._unsafeUnwrap().cancelAtPeriodEnd).toBe(true);
      await toNextPeriod();
      expect(await get()).toMatchObject({ status: 'canceled', price: world.cheap });
    });

    it('ends with the period that is paid for', async () => {
      const id = await begin();
      (await on().setCancelAtPeriodEnd(HERE, { id, cancel: true, key: stage.fresh('flag') }))._unsafeUnwrap();
      await toNextPeriod();
      expect(await get()).toMatchObject({ status: 'canceled', endedAt: world.subscription.period.end });
      expect(await invoices()).toHaveLength(1);
    });

    it('renews on the day it began, also after a shorter month', async () => {
      await begin();
      const ends = [(await get()).period.end];
      for (let month = 0; month < 2; month += 1) {
        const { period } = await get();
        await controlsOf(stage).advance(period.end - stage.now() + HOUR);
        ends.push((await get()).period.end);
      }
      expect(ends.map((at) => new Date(at).toISOString().slice(0, 10))).toEqual([
        '2026-02-28',
        '2026-03-31',
        '2026-04-30',
      ]);
    });

    it('flags the end once when the first answer got lost after it was flagged', async () => {
      const id = await begin();
      const flag = { id, cancel: true, key: stage.fresh('flag') };
      controlsOf(stage).fail('after', 'setCancelAtPeriodEnd');
      expect((await on().setCancelAtPeriodEnd(HERE, flag))._unsafeUnwrapErr().kind).toBe('unavailable');
      expect((await on().setCancelAtPeriodEnd(HERE, flag))._unsafeUnwrap().cancelAtPeriodEnd).toBe(true);
    });

    it.each(['before', 'after'] as const)(
      'ends one when the first answer got lost %s it ended',
      async (fault) => {
        const id = await begin();
        const cancel = { id, key: stage.fresh('cancel') };
        controlsOf(stage).fail(fault, 'cancelNow');
        expect((await on().cancelNow(HERE, cancel))._unsafeUnwrapErr().kind).toBe('unavailable');
        expect((await on().cancelNow(HERE, cancel))._unsafeUnwrap().status).toBe('canceled');
      },
    );

    it('refuses a moment that is not in the running period', async () => {
      const id = await begin();
      const at = plus(world.subscription.period.end, DAY);
      const change = { id, price: world.dear, at, key: stage.fresh('change') };
      expect((await on().changePrice(HERE, change))._unsafeUnwrapErr().kind).toBe('processor_refused');
    });
  });
