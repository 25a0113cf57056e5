import { describe, expect, it } from 'vitest';
import { monthly, payer, rig, stripeAt, subscribed } from './rig.js';

describe('the API of the payment sandbox', () => {
  it('keeps products and prices, and finds prices by their lookup keys', async () => {
    const { stripe } = await rig();
    const product = await stripe.products.create({ id: 'plan_pro', name: 'Pro', metadata: { plan: '7' } });
    const price = await stripe.prices.create({
      product: product.id,
      currency: 'eur',
      unit_amount: 4_950,
      recurring: { interval: 'month', interval_count: 3 },
      lookup_key: 'pro-3m',
    });
    expect(await stripe.products.retrieve('plan_pro')).toMatchObject({
      name: 'Pro',
      metadata: { plan: '7' },
    });
    expect(await stripe.prices.retrieve(price.id, { expand: ['product'] })).toMatchObject({
      unit_amount: 4_950,
      recurring: { interval: 'month', interval_count: 3, usage_type: 'licensed' },
      product: { id: 'plan_pro' },
    });
    expect(price.unit_amount_decimal?.toString()).toBe('4950');
    expect((await stripe.prices.list({ lookup_keys: ['pro-3m', 'other'] })).data).toMatchObject([
      { id: price.id },
    ]);
    await expect(stripe.products.create({ id: 'plan_pro', name: 'Pro' })).rejects.toMatchObject({
      code: 'resource_already_exists',
    });
    await expect(
      stripe.prices.create({ product: 'plan_pro', currency: 'eur', unit_amount: 1, lookup_key: 'pro-3m' }),
    ).rejects.toMatchObject({ param: 'lookup_key' });
  });

  it('keeps customers, changes them, and finds them by metadata and e-mail address', async () => {
    const { stripe } = await rig();
    const made = await stripe.customers.create({
      email: 'a@example.com',
      metadata: { account: 'x1', gone: 'y' },
    });
    await stripe.customers.create({ email: 'b@example.com' });
    const changed = await stripe.customers.update(made.id, { name: 'Ann', metadata: { gone: '' } });
    expect(changed).toMatchObject({ name: 'Ann', email: 'a@example.com', metadata: { account: 'x1' } });
    expect(await stripe.customers.retrieve(made.id)).toMatchObject({
      id: made.id,
      metadata: { account: 'x1' },
    });
    const found = await stripe.customers.search({
      query: "metadata['account']:'x1' AND email:'a@example.com'",
    });
    expect(found.data.map(({ id }) => id)).toEqual([made.id]);
    expect((await stripe.customers.list({ email: 'b@example.com' })).data).toHaveLength(1);
    const quoted = await stripe.customers.create({ metadata: { account: "o'x" } });
    const escaped = await stripe.customers.search({ query: "metadata['account']:'o\\'x'" });
    expect(escaped.data.map(({ id }) => id)).toEqual([quoted.id]);
    await expect(stripe.customers.search({ query: 'account=x1' })).rejects.toMatchObject({ param: 'query' });
  });

  it('lists the cards of a customer, and takes none of another customer as the default', async () => {
    const { stripe } = await rig();
    const [ann, bob] = [await payer(stripe), await payer(stripe, 'pm_card_mastercard')];
    const cards = await stripe.customers.listPaymentMethods(bob.id);
    expect(cards.data).toMatchObject([{ customer: bob.id, card: { brand: 'mastercard', last4: '4444' } }]);
    await expect(
      stripe.customers.update(ann.id, { invoice_settings: { default_payment_method: cards.data[0]!.id } }),
    ).rejects.toMatchObject({ code: 'resource_missing' });
    await expect(
      stripe.paymentMethods.attach('pm_card_chargeDeclined', { customer: ann.id }),
    ).rejects.toMatchObject({ statusCode: 402, code: 'card_declined' });
  });

  it('pages through lists, newest first, in both directions', async () => {
    const { stripe } = await rig();
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.unshift((await stripe.customers.create({})).id);
    const first = await stripe.customers.list({ limit: 2 });
    expect([first.data.map(({ id }) => id), first.has_more]).toEqual([ids.slice(0, 2), true]);
    const last = await stripe.customers.list({ limit: 3, starting_after: ids[1]! });
    expect([last.data.map(({ id }) => id), last.has_more]).toEqual([ids.slice(2), false]);
    const before = await stripe.customers.list({ limit: 1, ending_before: ids[2]! });
    expect([before.data.map(({ id }) => id), before.has_more]).toEqual([[ids[1]], true]);
    expect(await stripe.customers.list({ limit: 2 }).autoPagingToArray({ limit: 10 })).toHaveLength(5);
    await expect(stripe.customers.list({ starting_after: 'cus_none' })).rejects.toMatchObject({
      param: 'starting_after',
    });
  });

  it('answers a repeated key as it did first, and refuses the key with anything else', async () => {
    const { sandbox, stripe } = await rig();
    const options = { idempotencyKey: 'intent-1' };
    const first = await stripe.customers.create({ email: 'a@example.com' }, options);
    const again = await stripe.customers.create({ email: 'a@example.com' }, options);
    expect(again.id).toBe(first.id);
    expect(again.lastResponse.headers['idempotent-replayed']).toBe('true');
    await expect(stripe.customers.create({ email: 'b@example.com' }, options)).rejects.toMatchObject({
      statusCode: 400,
      type: 'StripeIdempotencyError',
    });
    expect((await stripe.customers.list()).data).toHaveLength(1);
    await sandbox.advance(25 * 3_600_000);
    expect((await stripe.customers.create({ email: 'b@example.com' }, options)).id).not.toBe(first.id);
  });

  it('does not keep a refusal under its key, so that the corrected call can be made with it', async () => {
    const { stripe } = await rig();
    const options = { idempotencyKey: 'intent-2' };
    await expect(stripe.products.create({ name: '' }, options)).rejects.toMatchObject({ statusCode: 400 });
    expect((await stripe.products.create({ name: 'Pro' }, options)).name).toBe('Pro');
  });

  it('refuses wrong keys, unknown fields, missing fields, unknown things and unknown calls', async () => {
    const { sandbox, stripe } = await rig();
    const stranger = stripeAt({ url: sandbox.url, apiKey: 'sk_test_other' });
    await expect(stranger.customers.list()).rejects.toMatchObject({ statusCode: 401 });
    await expect(stripe.customers.create({ description: 'x' })).rejects.toMatchObject({
      code: 'parameter_unknown',
      param: 'description',
    });
    await expect(stripe.billingPortal.sessions.create({} as { customer: string })).rejects.toMatchObject({
      code: 'parameter_missing',
      param: 'customer',
    });
    await expect(stripe.prices.retrieve('__proto__')).rejects.toMatchObject({
      statusCode: 404,
      code: 'resource_missing',
    });
    await expect(stripe.invoices.list({ customer: 'cus_none' })).rejects.toMatchObject({ param: 'customer' });
    await expect(stripe.coupons.list()).rejects.toMatchObject({ statusCode: 404 });
    await expect(stripe.prices.list({ expand: ['data.nickname'] })).resolves.toMatchObject({ data: [] });
    await expect(stripe.customers.create({ name: 'x'.repeat(70_000) })).rejects.toMatchObject({
      statusCode: 413,
    });
  });

  it('speaks only the version that the SDK is pinned to, and only under its own name', async () => {
    const { sandbox } = await rig();
    const old = await fetch(`${sandbox.url}/v1/customers`, {
      headers: { Authorization: `Bearer ${sandbox.apiKey}`, 'Stripe-Version': '2019-01-01' },
    });
    expect(old.status).toBe(400);
    await expect(rig(undefined, { host: '0.0.0.0' })).rejects.toThrow('loopback only');
  });

  it('meets the faults that were planned, and carries out a call once whatever happened to its answer', async () => {
    const { sandbox, stripe } = await rig();
    const create = (idempotencyKey: string) => stripe.customers.create({}, { idempotencyKey, timeout: 150 });
    const count = async (): Promise<number> => (await stripe.customers.list()).data.length;
    const faults = [
      'timeout_before',
      'timeout_after',
      'cut_before',
      'cut_after',
      'rate_limited',
      'server_error',
    ] as const;
    for (const [index, fault] of faults.entries()) {
      // The SDK tries a cut connection once more by itself, whatever it was told about retries.
      sandbox.faults.next(fault, { call: 'POST /v1/customers', times: fault.startsWith('cut') ? 2 : 1 });
      await expect(create(fault)).rejects.toMatchObject({
        type: /^(timeout|cut)/.test(fault)
          ? 'StripeConnectionError'
          : fault === 'rate_limited'
            ? 'StripeRateLimitError'
            : 'StripeAPIError',
      });
      expect(await count()).toBe(index + (fault.endsWith('after') ? 1 : 0));
      await create(fault);
      expect(await count()).toBe(index + 1);
    }
    sandbox.faults.next('cut_before', { times: Number.POSITIVE_INFINITY });
    await expect(stripe.customers.list()).rejects.toMatchObject({ type: 'StripeConnectionError' });
    await expect(stripe.prices.list()).rejects.toMatchObject({ type: 'StripeConnectionError' });
    sandbox.faults.clear();
    expect(await count()).toBe(faults.length);
  });

  it('declines on demand whatever card it is', async () => {
    const { sandbox, stripe } = await rig();
    const price = await monthly(stripe, 100);
    sandbox.faults.next('declined', { call: 'POST /v1/subscriptions' });
    expect((await subscribed(stripe, price)).status).toBe('incomplete');
    expect((await subscribed(stripe, price)).status).toBe('active');
  });
});
