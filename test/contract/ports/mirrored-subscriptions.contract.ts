import { err } from 'neverthrow';
import { afterEach, describe, expect, it } from 'vitest';
import { boundary } from '../../../src/domain/billing/calendar.js';
import { MINUTE } from '../../../src/domain/shared/time.js';
import {
  HERE,
  KEYLESS,
  MONTHLY,
  noneOr,
  type OpenStage,
  type ProcessorStage,
  payer,
  subscribed,
} from './processor.rig.js';

export const mirroredSubscriptionsContract = (name: string, open: OpenStage) =>
  describe(`MirroredSubscriptions: ${name}`, () => {
    let stage: ProcessorStage;
    afterEach(() => stage.close());
    const on = () => stage.processor.subscriptions;

    it('shows a subscription with the period of its plan', async () => {
      stage = await open();
      const { customer, cheap, subscription } = await subscribed(stage);
      const { start, end } = subscription.period;
      expect(subscription).toMatchObject({
        customer,
        status: 'active',
        cancelAtPeriodEnd: false,
        price: cheap,
        labels: {},
      });
      expect(Math.abs(subscription.createdAt - stage.now())).toBeLessThan(MINUTE);
      expect(start).toBe(subscription.createdAt);
      expect(end).toBe(boundary({ at: start, zone: 'UTC' }, MONTHLY, 1));
      expect(subscription).not.toHaveProperty('endedAt');
    });

    it('takes the one item that is paid in advance for the plan, wherever it stands', async () => {
      stage = await open();
      const customer = await payer(stage);
      const plan = await stage.price({ amount: 1_000n });
      const other = await stage.price({ amount: 2_000n });
      const usage = await stage.price({ amount: 1n, metered: true });
      const id = await stage.subscribe(customer, [plan, usage]);
      expect((await on().get(HERE, id))._unsafeUnwrap().price).toBe(plan);
      const at = stage.now();
      const changed = await on().changePrice(HERE, { id, price: other, at, key: stage.fresh('change') });
      expect(changed._unsafeUnwrap()).toMatchObject({ id, price: other, status: 'active' });
    });

    it('lists those of a customer, the newest first, ended ones too, and no one else’s', async () => {
      stage = await open();
      const { customer, dear, subscription } = await subscribed(stage);
      await subscribed(stage);
      const second = await stage.subscribe(customer, [dear]);
      (await on().cancelNow(HERE, { id: subscription.id, key: stage.fresh('cancel') }))._unsafeUnwrap();
      const all = (await on().ofCustomer(HERE, customer))._unsafeUnwrap();
      expect(all.map(({ id, status }) => [id, status])).toEqual([
        [second, 'active'],
        [subscription.id, 'canceled'],
      ]);
      expect((await on().ofCustomer(HERE, await payer(stage)))._unsafeUnwrap()).toEqual([]);
    });

    it('cancels at the end of the period and takes it back, each as often as is asked', async () => {
      stage = await open();
      const { id } = (await subscribed(stage)).subscription;
      const set = async (cancel: boolean) =>
        (await on().setCancelAtPeriodEnd(HERE, { id, cancel, key: stage.fresh('flag') }))._unsafeUnwrap()
          .cancelAtPeriodEnd;
      expect([await set(true), await set(true), await set(false), await set(false)]).toEqual([
        true,
        true,
        false,
        false,
      ]);
      expect((await on().get(HERE, id))._unsafeUnwrap()).toMatchObject({ status: 'active' });
    });

    it('ends one now, and is content with one that has ended', async () => {
      stage = await open();
      const { customer, subscription } = await subscribed(stage);
      const before = (await stage.processor.invoices.list(HERE, customer, 10))._unsafeUnwrap();
      const cancel = () => on().cancelNow(HERE, { id: subscription.id, key: stage.fresh('cancel') });
      const ended = (await cancel())._unsafeUnwrap();
      expect(ended.status).toBe('canceled');
      expect(Math.abs((ended.endedAt ?? 0) - stage.now())).toBeLessThan(MINUTE);
      expect((await cancel())._unsafeUnwrap()).toEqual(ended);
      expect((await stage.processor.invoices.list(HERE, customer, 10))._unsafeUnwrap()).toEqual(before);
    });

    it('changes nothing about one that has ended', async () => {
      stage = await open();
      const { dear, subscription } = await subscribed(stage);
      const { id } = subscription;
      (await on().cancelNow(HERE, { id, key: stage.fresh('cancel') }))._unsafeUnwrap();
      const key = stage.fresh('change');
      const ended = { kind: 'processor_refused', code: 'subscription_ended' };
      const now = await on().changePrice(HERE, { id, price: dear, at: stage.now(), key });
      const later = await on().changePriceAtPeriodEnd(HERE, { id, price: dear, key });
      const flag = await on().setCancelAtPeriodEnd(HERE, { id, cancel: true, key });
      for (const answer of [now, later, flag]) expect(answer._unsafeUnwrapErr()).toMatchObject(ended);
    });

    it('says what is missing: the subscription or the price, and lists nothing of nobody', async () => {
      stage = await open();
      const { subscription } = await subscribed(stage);
      const missing = (what: string) => err({ kind: 'processor_missing', what });
      const key = () => stage.fresh('key');
      const id = 'sub_none';
      expect(await on().get(HERE, id)).toEqual(missing('subscription'));
      expect(noneOr(await on().ofCustomer(HERE, 'cus_nobody'))).toEqual([]);
      expect(await on().cancelNow(HERE, { id, key: key() })).toEqual(missing('subscription'));
      const price = 'price_none';
      const at = stage.now();
      expect(await on().changePrice(HERE, { id: subscription.id, price, at, key: key() })).toEqual(
        missing('price'),
      );
      expect(await on().changePriceAtPeriodEnd(HERE, { id: subscription.id, price, key: key() })).toEqual(
        missing('price'),
      );
    });

    it('refuses an archived price', async () => {
      stage = await open();
      const { dear, cheap, subscription } = await subscribed(stage);
      await stage.archive(dear);
      const change = { id: subscription.id, price: dear, at: stage.now(), key: stage.fresh('change') };
      expect((await on().changePrice(HERE, change))._unsafeUnwrapErr().kind).toBe('processor_refused');
      expect((await on().get(HERE, subscription.id))._unsafeUnwrap().price).toBe(cheap);
    });

    it('does nothing for a seller without a key', async () => {
      stage = await open();
      const none = err({ kind: 'payments_not_configured' });
      const id = 'sub';
      const key = 'key';
      expect(await on().get(KEYLESS, id)).toEqual(none);
      expect(await on().ofCustomer(KEYLESS, 'cus')).toEqual(none);
      expect(await on().changePrice(KEYLESS, { id, price: 'p', at: stage.now(), key })).toEqual(none);
      expect(await on().changePriceAtPeriodEnd(KEYLESS, { id, price: 'p', key })).toEqual(none);
      expect(await on().setCancelAtPeriodEnd(KEYLESS, { id, cancel: true, key })).toEqual(none);
      expect(await on().cancelNow(KEYLESS, { id, key })).toEqual(none);
    });
  });
