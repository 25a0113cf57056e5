import { err, ok } from 'neverthrow';
import { afterEach, describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../../src/domain/shared/time.js';
import {
  controlsOf,
  HERE,
  KEYLESS,
  MONTHLY,
  noneOr,
  type OpenStage,
  type ProcessorStage,
  payer,
  subscribed,
  YEARLY,
} from './processor.rig.js';

export const invoiceViewsContract = (name: string, open: OpenStage, controlled: boolean) =>
  describe(`InvoiceViews: ${name}`, () => {
    let stage: ProcessorStage;
    afterEach(() => stage.close());
    const on = () => stage.processor.invoices;
    const list = async (customer: string, limit = 10, after?: string) =>
      (await on().list(HERE, customer, limit, after))._unsafeUnwrap();
    const change = async (id: string, price: string, at = stage.now()) =>
      (
        await stage.processor.subscriptions.changePrice(HERE, { id, price, at, key: stage.fresh('change') })
      )._unsafeUnwrap();

    it('shows the invoice of a first period as it was paid', async () => {
      stage = await open();
      const { customer } = await subscribed(stage);
      const { items, hasMore } = await list(customer);
      expect(hasMore).toBe(false);
      expect(items).toHaveLength(1);
      expect(items[0]).toMatchObject({
        status: 'paid',
        amountDue: 1_000n,
        amountPaid: 1_000n,
        currency: 'usd',
        billingReason: 'subscription_create',
        hasUsageLines: false,
      });
      expect(items[0]?.number).toBeTypeOf('string');
    });

    it('gives the newest first, so many as are asked for, and says whether there are more', async () => {
      stage = await open();
      const { customer, dear, subscription } = await subscribed(stage);
      await change(subscription.id, dear);
      const { items } = await list(customer);
      expect(items.map(({ billingReason }) => billingReason)).toEqual([
        'subscription_update',
        'subscription_create',
      ]);
      expect(await list(customer, 1)).toEqual({ items: items.slice(0, 1), hasMore: true });
      expect(await list(customer, 2)).toEqual({ items, hasMore: false });
      const [first, second] = items;
      expect(await list(customer, 1, first?.id)).toEqual({ items: [second], hasMore: false });
      expect(await list(customer, 1, second?.id)).toEqual({ items: [], hasMore: false });
      expect(await list(await payer(stage))).toEqual({ items: [], hasMore: false });
    });

    it('says what the next invoice will come to, and when', async () => {
      stage = await open();
      const { subscription } = await subscribed(stage);
      const next = (await on().upcoming(HERE, subscription.id))._unsafeUnwrap();
      expect(next).toMatchObject({ amountDue: 1_000n, currency: 'usd' });
      expect(next?.lines).toHaveLength(1);
      expect(next?.lines[0]).toMatchObject({ amount: 1_000n, proration: false });
      expect(next?.nextAttempt).toBeGreaterThanOrEqual(subscription.period.end);
    });

    it('knows of no next invoice for what ends', async () => {
      stage = await open();
      const { subscription } = await subscribed(stage);
      const { id } = subscription;
      const { subscriptions } = stage.processor;
      (
        await subscriptions.setCancelAtPeriodEnd(HERE, { id, cancel: true, key: stage.fresh('flag') })
      )._unsafeUnwrap();
      expect(await on().upcoming(HERE, id)).toEqual(ok(undefined));
      (await subscriptions.cancelNow(HERE, { id, key: stage.fresh('cancel') }))._unsafeUnwrap();
      expect(await on().upcoming(HERE, id)).toEqual(ok(undefined));
    });

    it('previews a change without making it', async () => {
      stage = await open();
      const { customer, dear, subscription } = await subscribed(stage);
      const at = stage.now();
      (await on().previewChange(HERE, { subscriptionId: subscription.id, price: dear, at }))._unsafeUnwrap();
      expect((await stage.processor.subscriptions.get(HERE, subscription.id))._unsafeUnwrap()).toEqual(
        subscription,
      );
      expect((await list(customer)).items).toHaveLength(1);
    });

    it('says what is missing', async () => {
      stage = await open();
      const { subscription } = await subscribed(stage);
      const missing = (what: string) => err({ kind: 'processor_missing', what });
      const at = stage.now();
      expect(await on().upcoming(HERE, 'sub_none')).toEqual(missing('subscription'));
      expect(noneOr((await on().list(HERE, 'cus_nobody', 10)).map(({ items }) => items))).toEqual([]);
      expect(
        await on().previewChange(HERE, { subscriptionId: subscription.id, price: 'price_none', at }),
      ).toEqual(missing('price'));
    });

    it('does nothing for a seller without a key', async () => {
      stage = await open();
      const none = err({ kind: 'payments_not_configured' });
      expect(await on().list(KEYLESS, 'cus', 10)).toEqual(none);
      expect(await on().upcoming(KEYLESS, 'sub')).toEqual(none);
      expect(
        await on().previewChange(KEYLESS, { subscriptionId: 'sub', price: 'p', at: stage.now() }),
      ).toEqual(none);
    });

    if (!controlled) return;

    it.each([
      ['an upgrade', { from: 1_000n, to: 3_333n, every: MONTHLY }],
      ['a downgrade', { from: 3_333n, to: 1_000n, every: MONTHLY }],
      ['another rhythm', { from: 1_000n, to: 10_001n, every: YEARLY }],
      ['a way out of a free plan', { from: 0n, to: 777n, every: MONTHLY }],
    ])(
      'predicts to the cent what a change at the same moment charges: %s',
      async (_, { from, to, every }) => {
        stage = await open();
        const customer = await payer(stage);
        const before = await stage.price({ amount: from });
        const after = await stage.price({ amount: to, every });
        const id = await stage.subscribe(customer, [before]);
        await controlsOf(stage).advance(9 * DAY + 5 * HOUR);
        const at = stage.now();
        const preview = (
          await on().previewChange(HERE, { subscriptionId: id, price: after, at })
        )._unsafeUnwrap();
        await controlsOf(stage).advance(every === MONTHLY && from > 0n ? HOUR : 0);
        await change(id, after, at);
        const [invoice] = (await list(customer)).items;
        expect(invoice).toMatchObject({
          billingReason: 'subscription_update',
          amountDue: preview.amountDue,
          amountPaid: preview.amountDue,
          currency: preview.currency,
        });
        const total = preview.lines.reduce((sum, { amount }) => sum + amount, 0n);
        expect(preview.amountDue).toBe(total > 0n ? total : 0n);
      },
    );

    it('comes back to nothing when a change is undone at the same moment', async () => {
      stage = await open();
      const { customer, cheap, dear, subscription } = await subscribed(stage);
      await controlsOf(stage).advance(11 * DAY);
      const at = stage.now();
      await change(subscription.id, dear, at);
      const preview = (
        await on().previewChange(HERE, { subscriptionId: subscription.id, price: cheap, at })
      )._unsafeUnwrap();
      const [upgrade] = (await list(customer)).items;
      const net = preview.lines.reduce((sum, { amount }) => sum + amount, 0n);
      expect(net).toBe(-(upgrade?.amountDue ?? 0n));
      expect(preview.amountDue).toBe(0n);
    });

    it('predicts the renewal with the price that is planned', async () => {
      stage = await open();
      const { customer, dear, subscription } = await subscribed(stage);
      const { id, period } = subscription;
      (
        await stage.processor.subscriptions.changePriceAtPeriodEnd(HERE, {
          id,
          price: dear,
          key: stage.fresh('later'),
        })
      )._unsafeUnwrap();
      expect((await on().upcoming(HERE, id))._unsafeUnwrap()?.amountDue).toBe(3_000n);
      await controlsOf(stage).advance(period.end - stage.now() + HOUR);
      expect((await list(customer)).items[0]?.amountDue).toBe(3_000n);
    });

    it('tells invoices that bill usage from those that do not', async () => {
      stage = await open();
      const customer = await payer(stage);
      const plan = await stage.price({ amount: 1_000n });
      const usage = await stage.price({ amount: 1n, metered: true });
      const id = await stage.subscribe(customer, [plan, usage]);
      const { period } = (await stage.processor.subscriptions.get(HERE, id))._unsafeUnwrap();
      const used = { key: stage.fresh('line'), customer, cents: 345n, usedAt: stage.now() };
      (await stage.processor.meters.report(HERE, used))._unsafeUnwrap();
      await controlsOf(stage).advance(period.end - stage.now() + HOUR);
      const { items } = await list(customer);
      expect(items.map(({ amountDue, hasUsageLines }) => [amountDue, hasUsageLines])).toEqual([
        [1_345n, true],
        [1_000n, false],
      ]);
    });
  });
