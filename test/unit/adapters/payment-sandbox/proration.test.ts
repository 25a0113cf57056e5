import { describe, expect, it } from 'vitest';
import { amounts, itemOf, latest, monthly, payer, priced, rig, seconds, subscribed } from './rig.js';

const MIDDLE = '2024-06-16T00:00:00Z';

describe('a change of plan in the payment sandbox', () => {
  it('credits 50.00 and charges 150.00 for $100 → $300 in the middle of June, and keeps the period', async () => {
    const { stripe, goTo } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 10_000));
    const better = await monthly(stripe, 30_000);
    await goTo(MIDDLE);

    const change = {
      items: [{ id: itemOf(subscription).id, price: better.id }],
      proration_date: seconds(MIDDLE),
    };
    const preview = await stripe.invoices.createPreview({
      subscription: subscription.id,
      subscription_details: { ...change, proration_behavior: 'always_invoice' },
    });
    const after = await stripe.subscriptions.update(subscription.id, {
      ...change,
      proration_behavior: 'always_invoice',
      payment_behavior: 'error_if_incomplete',
    });

    const invoice = await latest(stripe, subscription);
    expect(amounts(invoice)).toEqual([-5_000, 15_000]);
    expect(invoice).toMatchObject({
      status: 'paid',
      amount_due: 10_000,
      billing_reason: 'subscription_update',
    });
    expect(invoice.lines.data.every(({ parent }) => parent?.subscription_item_details?.proration)).toBe(true);
    expect([amounts(preview), preview.amount_due, preview.status]).toEqual([
      [-5_000, 15_000],
      10_000,
      'draft',
    ]);
    expect(itemOf(after)).toMatchObject({
      id: itemOf(subscription).id,
      current_period_start: seconds('2024-06-01T00:00:00Z'),
      current_period_end: seconds('2024-07-01T00:00:00Z'),
    });
  });

  it('credits 50.00, charges 1000.00 and begins anew for $100 a month → $1000 a year', async () => {
    const { stripe, goTo } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 10_000));
    const yearly = await priced(stripe, 100_000, { interval: 'year' });
    await goTo(MIDDLE);

    const after = await stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: yearly.id }],
    });

    expect(amounts(await latest(stripe, subscription))).toEqual([-5_000, 100_000]);
    expect(after.billing_cycle_anchor).toBe(seconds(MIDDLE));
    expect(itemOf(after).current_period_end).toBe(seconds('2025-06-16T00:00:00Z'));
  });

  it('charges 15.00 for 5 → 8 seats at $10 in the middle of the month, and 80.00 from the next', async () => {
    const { stripe, goTo } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 1_000), { quantity: 5 });
    await goTo(MIDDLE);
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, quantity: 8 }],
      proration_behavior: 'always_invoice',
    });
    expect((await latest(stripe, subscription)).amount_due).toBe(1_500);

    await goTo('2024-07-01T00:00:00Z');
    expect(await latest(stripe, subscription)).toMatchObject({
      amount_due: 8_000,
      billing_reason: 'subscription_cycle',
    });
  });

  it('bills from 31 January on the last day of shorter months, and never drifts', async () => {
    const ends = async (from: string, count: number): Promise<readonly string[]> => {
      const { stripe, goTo } = await rig(from);
      const subscription = await subscribed(stripe, await monthly(stripe, 1_000));
      const found: string[] = [];
      for (let n = 0; n < count; n += 1) {
        const end = itemOf(await stripe.subscriptions.retrieve(subscription.id)).current_period_end;
        found.push(new Date(end * 1_000).toISOString().slice(0, 10));
        await goTo(new Date(end * 1_000).toISOString());
      }
      return found;
    };
    expect(await ends('2024-01-31T09:30:00Z', 4)).toEqual([
      '2024-02-29',
      '2024-03-31',
      '2024-04-30',
      '2024-05-31',
    ]);
    expect(await ends('2023-01-31T09:30:00Z', 2)).toEqual(['2023-02-28', '2023-03-31']);
  });

  it('puts prorations on the next invoice unless it is told to charge at once, as the preview says', async () => {
    const { stripe, goTo } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 10_000));
    const better = await monthly(stripe, 30_000);
    await goTo(MIDDLE);
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: better.id }],
    });
    expect((await latest(stripe, subscription)).billing_reason).toBe('subscription_create');

    const preview = await stripe.invoices.createPreview({ subscription: subscription.id });
    await goTo('2024-07-01T00:00:00Z');
    const invoice = await latest(stripe, subscription);
    expect(amounts(preview)).toEqual([-5_000, 15_000, 30_000]);
    expect(amounts(invoice)).toEqual(amounts(preview));
    expect(invoice.amount_due).toBe(preview.amount_due);
  });

  it('keeps what a cheaper plan leaves over as credit that the next invoice takes', async () => {
    const { stripe, goTo } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 30_000));
    const cheaper = await monthly(stripe, 10_000);
    await goTo(MIDDLE);
    await stripe.subscriptions.update(subscription.id, {
      items: [{ id: itemOf(subscription).id, price: cheaper.id }],
      proration_behavior: 'always_invoice',
    });
    expect(await latest(stripe, subscription)).toMatchObject({
      total: -10_000,
      amount_due: 0,
      ending_balance: -10_000,
    });
    expect(await stripe.customers.retrieve(String(subscription.customer))).toMatchObject({
      balance: -10_000,
    });

    await goTo('2024-07-01T00:00:00Z');
    expect(await latest(stripe, subscription)).toMatchObject({
      total: 10_000,
      amount_due: 0,
      status: 'paid',
    });
  });

  it('changes nothing at all when the charge is declined and must not be', async () => {
    const { stripe, goTo } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 10_000));
    const better = await monthly(stripe, 30_000);
    const card = await stripe.paymentMethods.attach('pm_card_chargeCustomerFail', {
      customer: String(subscription.customer),
    });
    await stripe.subscriptions.update(subscription.id, { default_payment_method: card.id });
    await goTo(MIDDLE);

    await expect(
      stripe.subscriptions.update(subscription.id, {
        items: [{ id: itemOf(subscription).id, price: better.id }],
        proration_behavior: 'always_invoice',
        payment_behavior: 'error_if_incomplete',
      }),
    ).rejects.toMatchObject({ statusCode: 402, type: 'StripeCardError', decline_code: 'generic_decline' });

    const after = await stripe.subscriptions.retrieve(subscription.id);
    expect([after.status, itemOf(after).price.unit_amount]).toEqual(['active', 10_000]);
    expect((await stripe.invoices.list({ subscription: subscription.id })).data).toHaveLength(1);
  });

  it('refuses prices that are archived, unknown, of another currency or paid once, and dates outside the period', async () => {
    const { stripe } = await rig();
    const subscription = await subscribed(stripe, await monthly(stripe, 10_000));
    const to = (price: string, more = {}) =>
      stripe.subscriptions.update(subscription.id, {
        items: [{ id: itemOf(subscription).id, price }],
        ...more,
      });
    const archived = await monthly(stripe, 1);
    await stripe.prices.update(archived.id, { active: false });
    const once = await stripe.prices.create({
      currency: 'usd',
      unit_amount: 5,
      product_data: { name: 'Once' },
    });
    const other = await monthly(stripe, 2);
    await expect(to(archived.id)).rejects.toMatchObject({ statusCode: 400, param: 'items[0][price]' });
    await expect(to('price_none')).rejects.toMatchObject({ statusCode: 400, code: 'resource_missing' });
    await expect(to(once.id)).rejects.toThrow('type=one_time');
    await expect(to(other.id, { proration_date: seconds('2024-05-31T00:00:00Z') })).rejects.toMatchObject({
      param: 'proration_date',
    });
    const foreign = await payer(stripe);
    await expect(
      stripe.subscriptions.create({
        customer: foreign.id,
        items: [{ price: other.id }, { price: archived.id }],
      }),
    ).rejects.toMatchObject({ statusCode: 400 });
    expect(itemOf(await stripe.subscriptions.retrieve(subscription.id)).price.unit_amount).toBe(10_000);
  });
});
