import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { itemOf, monthly, payer, rig, stripeAt, submit } from './rig.js';

const PAYS = '4242 4242 4242 4242';
const URLS = {
  success_url: 'http://127.0.0.1:9999/done?session={CHECKOUT_SESSION_ID}',
  cancel_url: 'http://127.0.0.1:9999/pricing',
};

const checkout = async (mode: Stripe.Checkout.SessionCreateParams.Mode = 'subscription') => {
  const { sandbox, stripe, ...time } = await rig();
  const price =
    mode === 'payment'
      ? await stripe.prices.create({ currency: 'usd', unit_amount: 2_500, product_data: { name: 'Credits' } })
      : await monthly(stripe, 2_500, 'Pro <b>');
  const customer = await stripe.customers.create({ email: 'a@example.com' });
  const session = await stripe.checkout.sessions.create({
    mode,
    customer: customer.id,
    ...URLS,
    metadata: { intent: 'i1' },
    ...(mode === 'setup' ? { currency: 'usd' } : { line_items: [{ price: price.id, quantity: 1 }] }),
    ...(mode === 'subscription' && { subscription_data: { metadata: { account: 'x1' } } }),
  });
  return { sandbox, stripe, customer, session, page: String(session.url), ...time };
};

describe('the checkout page', () => {
  it('shows what is to be paid, runs no script, and lets the form lead back to the shop only', async () => {
    const { page } = await checkout();
    const response = await fetch(page);
    const text = await response.text();
    expect(text).toContain('25.00 USD');
    expect(text).toContain('Pro &lt;b&gt;');
    expect(text).toMatch(/<label for="card">[\s\S]*<input id="card"/);
    expect(text).not.toContain('<script');
    const policy = String(response.headers.get('content-security-policy'));
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("form-action 'self' http://127.0.0.1:9999;");
    expect((await fetch(new URL('/sandbox.css', page))).headers.get('content-type')).toContain('text/css');
  });

  it('stays open when the card is declined, and makes one subscription when the next one pays', async () => {
    const { stripe, customer, session, page } = await checkout();
    for (const [card, said] of [
      ['4000 0000 0000 0002', 'Your card was declined.'],
      ['4000000000009995', 'insufficient funds'],
      ['4000000000000341', 'Your card was declined.'],
      ['1234', 'not the number of a test card'],
    ] as const) {
      const refused = await submit(page, { card });
      expect([refused.status, await refused.text()]).toEqual([402, expect.stringContaining(said)]);
    }
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe('open');

    const paid = await submit(page, { card: PAYS });
    expect([paid.status, paid.headers.get('location')]).toEqual([
      303,
      `http://127.0.0.1:9999/done?session=${session.id}`,
    ]);
    const done = await stripe.checkout.sessions.retrieve(session.id, { expand: ['subscription'] });
    expect(done).toMatchObject({
      status: 'complete',
      payment_status: 'paid',
      url: null,
      metadata: { intent: 'i1' },
      subscription: { status: 'active', metadata: { account: 'x1' } },
    });
    expect((await submit(page, { card: PAYS })).status).toBe(410);
    expect((await stripe.subscriptions.list({ customer: customer.id })).data).toHaveLength(1);
    expect((await stripe.events.list({ type: 'checkout.session.completed' })).data).toHaveLength(1);
  });

  it('takes a single payment without a subscription', async () => {
    const { stripe, customer, session, page } = await checkout('payment');
    await submit(page, { card: PAYS });
    const done = await stripe.checkout.sessions.retrieve(session.id);
    expect(done).toMatchObject({ payment_status: 'paid', subscription: null, amount_total: 2_500 });
    expect(done.payment_intent).toMatch(/^pi_/);
    expect((await stripe.subscriptions.list({ customer: customer.id })).data).toEqual([]);
  });

  it('keeps a card without charging it', async () => {
    const { stripe, customer, session, page } = await checkout('setup');
    expect((await submit(page, { card: '4000000000000002' })).status).toBe(402);
    await submit(page, { card: '4000000000000341' });
    expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({
      status: 'complete',
      payment_status: 'no_payment_required',
      amount_total: null,
    });
    expect((await stripe.customers.listPaymentMethods(customer.id)).data).toMatchObject([
      { card: { last4: '0341' } },
    ]);
  });

  it('is gone when the session expired, by call or after a day', async () => {
    const { sandbox, stripe, session, page, customer } = await checkout();
    expect(await stripe.checkout.sessions.expire(session.id)).toMatchObject({ status: 'expired', url: null });
    await expect(stripe.checkout.sessions.expire(session.id)).rejects.toMatchObject({ statusCode: 400 });
    expect((await submit(page, { card: PAYS })).status).toBe(410);
    const next = await stripe.checkout.sessions.create({
      mode: 'setup',
      customer: customer.id,
      currency: 'usd',
      ...URLS,
    });
    await sandbox.advance(86_400_000);
    expect((await fetch(String(next.url))).status).toBe(410);
    expect((await stripe.events.list({ type: 'checkout.session.expired' })).data).toHaveLength(2);
    expect((await fetch(`${sandbox.url}/c/pay/guessed`)).status).toBe(404);
  });

  it('is not opened for prices that the mode cannot sell', async () => {
    const { stripe, customer } = await checkout();
    const price = await monthly(stripe, 100);
    const open = (mode: 'payment' | 'setup', more = {}) =>
      stripe.checkout.sessions.create({ mode, customer: customer.id, ...URLS, ...more });
    await expect(open('payment', { line_items: [{ price: price.id, quantity: 1 }] })).rejects.toThrow(
      'recurring price',
    );
    await expect(open('setup', { line_items: [{ price: price.id, quantity: 1 }] })).rejects.toThrow('setup');
    await expect(open('setup')).rejects.toMatchObject({ param: 'currency' });
    await expect(open('payment')).rejects.toMatchObject({ param: 'line_items' });
  });
});

describe('the portal page', () => {
  const portal = async (method = 'pm_card_visa') => {
    const { sandbox, goTo } = await rig();
    const stripe = stripeAt(sandbox);
    const customer = await payer(stripe, method);
    const price = await monthly(stripe, 2_500, 'Pro');
    const subscription = await stripe.subscriptions.create({
      customer: customer.id,
      items: [{ price: price.id }],
    });
    const { url } = await stripe.billingPortal.sessions.create({
      customer: customer.id,
      return_url: 'http://127.0.0.1:9999/billing',
    });
    const now = () => stripe.subscriptions.retrieve(subscription.id);
    return { sandbox, stripe, goTo, subscription, url, now };
  };

  it('shows the plan, the card and the invoices, and the way back', async () => {
    const { url, stripe, subscription } = await portal();
    const text = await (await fetch(url)).text();
    for (const part of [
      'Pro (at 25.00 USD / month)',
      'Renews on 1 Jul 2024',
      'visa ending in 4242',
      'http://127.0.0.1:9999/billing',
    ])
      expect(text).toContain(part);
    const { hosted_invoice_url } = (await stripe.invoices.list({ subscription: subscription.id })).data[0]!;
    expect(await (await fetch(String(hosted_invoice_url))).text()).toContain('1 × Pro');
  });

  it('cancels at the end of the period, and resumes', async () => {
    const { url, subscription, now, goTo } = await portal();
    await submit(url, { action: 'cancel', subscription: subscription.id });
    const period = itemOf(subscription);
    // The flag stays as it is where billing is flexible.
    const named = { cancel_at_period_end: false, cancel_at: period.current_period_end, status: 'active' };
    expect(await now()).toMatchObject(named);
    expect(await (await fetch(url)).text()).toContain('Ends on 1 Jul 2024');
    await submit(url, { action: 'resume', subscription: subscription.id });
    expect(await now()).toMatchObject({ cancel_at_period_end: false, cancel_at: null, canceled_at: null });
    await submit(url, { action: 'cancel', subscription: subscription.id });
    await goTo('2024-07-01T00:00:00Z');
    expect(await now()).toMatchObject({ status: 'canceled', ended_at: period.current_period_end });
  });

  it('changes the card, and pays what the old one could not', async () => {
    const { url, stripe, goTo, subscription, now } = await portal();
    expect((await submit(url, { action: 'card', card: '4000000000000002' })).status).toBe(402);
    await submit(url, { action: 'card', card: '4000000000000341' });
    await goTo('2024-07-01T00:00:00Z');
    expect((await now()).status).toBe('past_due');
    const { url: fresh } = await stripe.billingPortal.sessions.create({
      customer: String(subscription.customer),
    });
    const { id } = (await stripe.invoices.list({ subscription: subscription.id })).data[0]!;
    expect((await submit(fresh, { action: 'pay', invoice: id })).status).toBe(402);
    await submit(fresh, { action: 'card', card: PAYS });
    expect(await (await submit(fresh, { action: 'pay', invoice: id })).text()).toContain(
      'The invoice is paid.',
    );
    expect((await now()).status).toBe('active');
    expect((await fetch(url)).status).toBe(404);
  });

  it('touches nothing of another customer', async () => {
    const { url, stripe } = await portal();
    const price = await monthly(stripe, 100);
    const other = await stripe.subscriptions.create({
      customer: (await payer(stripe)).id,
      items: [{ price: price.id }],
    });
    expect((await submit(url, { action: 'cancel', subscription: other.id })).status).toBe(402);
    expect((await stripe.subscriptions.retrieve(other.id)).cancel_at_period_end).toBe(false);
  });
});
