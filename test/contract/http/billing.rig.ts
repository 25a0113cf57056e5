import type { Container } from 'inversify';
import { errAsync } from 'neverthrow';
import { expect } from 'vitest';
import { PLATFORM_CONNECTION } from '../../../src/application/billing/events/connections.js';
import { ports } from '../../../src/composition/tokens.js';
import type { PriceView } from '../../../src/ports/billing/catalogue.js';
import { rebind, type TestApp } from '../../support/app.js';
import type { Client } from '../../support/client.js';

export type Prices = { readonly product: string; readonly monthly: string; readonly yearly: string };

const MONTH = { interval: 'month', count: 1 } as const;
const YEAR = { interval: 'year', count: 1 } as const;
export const AWAY = { success_url: 'https://app.example.com/paid', cancel_url: 'http://localhost:3000/shop' };

/** Every call to the processor ends like this from the moment it is set. */
export type Trouble = { failure: { readonly kind: string } | undefined };

const troubled = <T extends object>(port: T, trouble: Trouble): T =>
  new Proxy(port, {
    get: (target, name) => (trouble.failure ? () => errAsync(trouble.failure) : Reflect.get(target, name)),
  });

/** A processor each of whose calls fails while there is trouble; it is heard all the same. */
export const troubledBy =
  (trouble: Trouble) =>
  (container: Container): void => {
    const { events, catalogue, checkout, subscriptions, invoices, meters } = container.get(ports.processor);
    rebind(container, ports.processor, {
      catalogue: troubled(catalogue, trouble),
      checkout: troubled(checkout, trouble),
      subscriptions: troubled(subscriptions, trouble),
      invoices: troubled(invoices, trouble),
      meters: troubled(meters, trouble),
      events,
    });
  };

/** Who sells, who pays, and the processor between them. */
export const payingOf = (app: Pick<TestApp, 'payments'>, call: Client) => {
  const processor = app.payments.hooks(PLATFORM_CONNECTION);
  const price = (over: Partial<Omit<PriceView, 'id'>> = {}): string =>
    processor.addPrice({
      productId: 'prod_one',
      active: true,
      currency: 'usd',
      amount: 1_000n,
      every: MONTH,
      metered: false,
      ...over,
    });
  /** A product at the processor: twelve months for the price of ten. */
  const prices = (product: string, cents = 1_000n): Prices => ({
    product,
    monthly: price({ productId: product, amount: cents }),
    yearly: price({ productId: product, amount: 10n * cents, every: YEAR }),
  });
  const planJson = (name: string, { product, monthly, yearly }: Prices) => ({
    name,
    stripe_product_id: product,
    monthly_price_id: monthly,
    yearly_price_id: yearly,
  });
  const sell = async (token: string, name: string, of: Prices): Promise<string> => {
    const made = await call('POST /v1/subscription-plans', { token, json: planJson(name, of) });
    expect([made.status, made.text]).toEqual([201, made.text]);
    return made.body.id;
  };
  const post = (raw: Uint8Array, signature: string | undefined) =>
    call('POST /v1/webhooks/stripe', {
      bytes: raw,
      headers: { 'content-type': 'application/json', ...(signature && { 'stripe-signature': signature }) },
    });
  const deliver = async (): Promise<void> => {
    for (const event of processor.takeEvents()) {
      const { raw, signature } = processor.delivery(event);
      const { status, text } = await post(raw, signature);
      expect([status, text]).toEqual([200, '']);
    }
  };
  const checkout = (projectId: string, token: string, json: object) =>
    call(`POST /v1/projects/${projectId}/checkout_session`, { token, json: { ...AWAY, ...json } });
  const subscribe = async (projectId: string, token: string, price_id: string): Promise<string> => {
    const session = await checkout(projectId, token, { price_id });
    expect([session.status, session.text]).toEqual([200, session.text]);
    processor.complete(session.body.session_id);
    await deliver();
    const { body } = await call(`GET /v1/projects/${projectId}/subscription`, { token });
    expect(body).toMatchObject({ status: 'active', price_id });
    return body.subscription_id;
  };
  return { processor, price, prices, planJson, sell, post, deliver, checkout, subscribe };
};
export type Paying = ReturnType<typeof payingOf>;
