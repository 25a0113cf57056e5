import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { amounts, itemOf, latest, monthly, payer, priced, rig, seconds, subscribed } from './rig.js';

describe('a subscription in the payment sandbox', () => {
  it('renews when its period is over, once, and bills what the preview said', async () => {
    const { stripe, goTo } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 1_999));
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id });
    await goTo('2024-07-01T00:00:00Z');
    await goTo('2024-07-01T00:00:00Z');

    const { data } = await stripe.invoices.list({ subscription: subscription.id });
    expect(data.map(({ billing_reason, amount_paid }) => [billing_reason, amount_paid])).toEqual([
      ['subscription_cycle', 1_999],
      ['subscription_create', 1_999],
    ]);
    expect([preview.amount_due, preview.next_payment_attempt]).toEqual([
      1_999,
      seconds('2024-07-01T00:00:00Z'),
    ]);
    expect(data[0]?.lines.data[0]?.period).toEqual({
      start: seconds('2024-07-01T00:00:00Z'),
      end: seconds('2024-08-01T00:00:00Z'),
    });
  });

  it('does all renewals of a long jump in time, each at its own moment', async () => {
    const { sandbox, stripe } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 100));
    await sandbox.advance(92 * 86_400_000);
    const { data } = await stripe.invoices.list({ subscription: subscription.id });
    expect(data.map(({ created }) => new Date(created * 1_000).toISOString().slice(0, 10))).toEqual([
      '2024-09-01',
      '2024-08-01',
      '2024-07-01',
      '2024-06-01',
    ]);
  });

  it('is past due when the card fails, is tried after 2, 5, 7 and 7 days, and ends', async () => {
    const { stripe, goTo, days } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 1_000));
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
      customer: String(subscription.customer),
    });
    await stripe.subscriptions.update(subscription.id, { default_payment_method: bad.id });
    await goTo('2024-07-01T00:00:00Z');

    const seen: unknown[] = [];
    for (const wait of [0, 2, 5, 7, 7]) {
      await days(wait);
      const { status } = await stripe.subscriptions.retrieve(subscription.id);
      seen.push([status, (await latest(stripe, subscription)).attempt_count]);
    }
    expect(seen).toEqual([
      ['past_due', 1],
      ['past_due', 2],
      ['past_due', 3],
      ['past_due', 4],
      ['canceled', 5],
    ]);
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      cancellation_details: { reason: 'payment_failed' },
      ended_at: seconds('2024-07-22T00:00:00Z'),
    });
    await days(60);
    expect((await stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(2);
  });

  it('is active again when a retry is paid', async () => {
    const { stripe, goTo, days } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 1_000));
    const customer = String(subscription.customer);
    const bad = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', { customer });
    const good = await stripe.paymentMethods.attach('pm_card_mastercard', { customer });
    await stripe.subscriptions.update(subscription.id, { default_payment_method: bad.id });
    await goTo('2024-07-01T00:00:00Z');
    expect(await latest(stripe, subscription)).toMatchObject({ status: 'open', amount_remaining: 1_000 });
    await stripe.subscriptions.update(subscription.id, { default_payment_method: good.id });
    await days(2);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
    expect(await latest(stripe, subscription)).toMatchObject({ status: 'paid', attempt_count: 2 });
  });

  it('ends with its period when it was cancelled, unless it was resumed', async () => {
    const { stripe, goTo } = await rig();
    const price = await monthly(stripe, 1_000);
    const [leaves, stays] = [await subscribed(stripe, price), await subscribed(stripe, price)];
    for (const { id } of [leaves, stays]) {
      const cancelled = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
      expect(cancelled).toMatchObject({ status: 'active', cancel_at: itemOf(leaves).current_period_end });
    }
    await expect(stripe.invoices.createPreview({ subscription: leaves.id })).rejects.toMatchObject({
      statusCode: 404,
      code: 'invoice_upcoming_none',
    });
    await stripe.subscriptions.update(stays.id, { cancel_at_period_end: false });
    await goTo('2024-07-02T00:00:00Z');
    expect(await stripe.subscriptions.retrieve(leaves.id)).toMatchObject({
      status: 'canceled',
      ended_at: seconds('2024-07-01T00:00:00Z'),
    });
    expect((await stripe.subscriptions.retrieve(stays.id)).status).toBe('active');
    const of = (customer: unknown, more = {}) =>
      stripe.subscriptions.list({ customer: String(customer), ...more }).then(({ data }) => data.length);
    expect([await of(leaves.customer), await of(leaves.customer, { status: 'all' })]).toEqual([0, 1]);
  });

  it('ends at a moment that is named, which is not said beside the flag and is taken away by name', async () => {
    const { stripe, goTo } = await rig();
    const { id } = await subscribed(stripe, await monthly(stripe, 1_000));
    const update = (change: Stripe.SubscriptionUpdateParams) => stripe.subscriptions.update(id, change);
    const cancel_at = seconds('2024-06-20T00:00:00Z');
    await expect(update({ cancel_at, cancel_at_period_end: true })).rejects.toMatchObject({
      statusCode: 400,
    });
    await expect(update({ cancel_at: 1 })).rejects.toMatchObject({ statusCode: 400 });
    expect(await update({ cancel_at })).toMatchObject({ cancel_at, cancel_at_period_end: false });
    expect(await update({ cancel_at: '' })).toMatchObject({ cancel_at: null, canceled_at: null });
    await update({ cancel_at });
    await goTo('2024-06-21T00:00:00Z');
    expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
      status: 'canceled',
      ended_at: cancel_at,
    });
  });

  it('can be ended at once, and then not be changed any more', async () => {
    const { stripe } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 1_000));
    expect((await stripe.subscriptions.cancel(subscription.id)).status).toBe('canceled');
    await expect(stripe.subscriptions.cancel(subscription.id)).rejects.toMatchObject({ statusCode: 404 });
    await expect(
      stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }),
    ).rejects.toMatchObject({ statusCode: 400 });
  });

  it('is incomplete while its first payment fails, and expires after 23 hours', async () => {
    const { stripe, days } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 1_000), {
      method: 'pm_card_chargeCustomerFail',
    });
    expect(subscription.status).toBe('incomplete');
    await days(1);
    expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('incomplete_expired');
    expect((await latest(stripe, subscription)).status).toBe('void');
  });

  it('takes another price when the period is over, by a schedule that lets go afterwards', async () => {
    const { stripe, goTo } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 30_000));
    const cheaper = await monthly(stripe, 10_000);
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    const [running] = schedule.phases;
    await stripe.subscriptionSchedules.update(schedule.id, {
      end_behavior: 'release',
      phases: [
        {
          items: [{ price: itemOf(subscription).price.id, quantity: 1 }],
          start_date: running!.start_date,
          end_date: running!.end_date,
        },
        { items: [{ price: cheaper.id, quantity: 1 }], proration_behavior: 'none' },
      ],
    });
    await expect(
      stripe.subscriptions.update(subscription.id, { cancel_at_period_end: true }),
    ).rejects.toThrow('managed by the subscription schedule');
    const preview = await stripe.invoices.createPreview({ subscription: subscription.id });

    await goTo('2024-07-01T00:00:00Z');
    const after = await stripe.subscriptions.retrieve(subscription.id);
    expect([itemOf(after).price.id, itemOf(after).id]).toEqual([cheaper.id, itemOf(subscription).id]);
    expect([preview.amount_due, (await latest(stripe, subscription)).amount_due]).toEqual([10_000, 10_000]);
    await goTo('2024-08-01T00:00:00Z');
    expect(await stripe.subscriptions.retrieve(subscription.id)).toMatchObject({
      schedule: null,
      status: 'active',
    });
  });

  it('stays as it is when its schedule is released before', async () => {
    const { stripe, goTo } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 30_000));
    const schedule = await stripe.subscriptionSchedules.create({ from_subscription: subscription.id });
    expect((await stripe.subscriptions.retrieve(subscription.id)).schedule).toBe(schedule.id);
    expect(await stripe.subscriptionSchedules.release(schedule.id)).toMatchObject({
      status: 'released',
      released_subscription: subscription.id,
    });
    await goTo('2024-07-01T00:00:00Z');
    expect((await latest(stripe, subscription)).amount_due).toBe(30_000);
  });

  it('bills what its meter has counted in the period, each event once', async () => {
    const { stripe, goTo } = await rig();
    const meter = await stripe.billing.meters.create({
      display_name: 'Usage',
      event_name: 'usage_cents',
      default_aggregation: { formula: 'sum' },
    });
    expect((await stripe.billing.meters.list()).data.map(({ id }) => id)).toEqual([meter.id]);
    const cent = await priced(
      stripe,
      1,
      { interval: 'month', usage_type: 'metered', meter: meter.id },
      'Usage',
    );
    const base = await monthly(stripe, 1_000);
    const customer = await payer(stripe);
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: base.id }, { price: cent.id }],
    });
    const report = (identifier: string, value: string) =>
      stripe.billing.meterEvents.create({
        event_name: 'usage_cents',
        identifier,
        payload: { stripe_customer_id: customer.id, value },
      });
    await report('line-1', '250');
    await report('line-2', '17');
    await expect(report('line-1', '250')).rejects.toMatchObject({ statusCode: 400 });

    await goTo('2024-07-01T00:00:00Z');
    const invoice = await latest(stripe, subscription);
    expect(amounts(invoice)).toEqual([267, 1_000]);
    const { data } = await stripe.invoices.list({
      subscription: subscription.id,
      expand: ['data.lines.data.pricing.price_details.price'],
    });
    expect(data[0]?.lines.data[0]?.pricing?.price_details?.price).toMatchObject({
      recurring: { usage_type: 'metered', meter: meter.id },
    });
  });
});
