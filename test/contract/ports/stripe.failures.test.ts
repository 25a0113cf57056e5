import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { apiBaseOf } from '../../../src/adapters/stripe/api-base.js';
import { stripeProcessor } from '../../../src/adapters/stripe/stripe-processor.js';
import { instant } from '../../../src/domain/shared/time.js';
import { HERE } from './processor.rig.js';

const KEY = 'sk_test_51SecretOfTheSeller';

type Answer = { readonly status: number; readonly error: object };

/** An API that answers everything with this, or only the first so many calls with nothing at all. */
const listening = async (answer: Answer, cuts = 0) => {
  const keys: (string | undefined)[] = [];
  let left = cuts;
  const server = createServer((request, response) => {
    keys.push(request.headers['idempotency-key'] as string | undefined);
    left -= 1;
    if (left >= 0) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'Content-Type': 'application/json', 'Request-Id': 'req_9' });
    response.end(JSON.stringify({ error: answer.error }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const processor = stripeProcessor({
    connections: () => ({ apiKey: KEY, apiBase: apiBaseOf(base)._unsafeUnwrap() }),
    webhooks: () => [],
    timeout: 500,
  });
  return { server, processor, keys };
};

const session = {
  key: 'key-1',
  customer: 'cus_1',
  mode: 'setup',
  successUrl: 'https://shop.test/done',
  cancelUrl: 'https://shop.test/back',
  labels: {},
} as const;

describe('stripe: failures', () => {
  let server: Server;
  afterEach(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );

  const failure = async (status: number, error: object) => {
    const rig = await listening({ status, error: { message: 'Words.', ...error } });
    server = rig.server;
    return (await rig.processor.checkout.open(HERE, session))._unsafeUnwrapErr();
  };

  it.each([
    [429, { type: 'invalid_request_error', code: 'rate_limit' }, 'StripeRateLimitError'],
    [500, { type: 'api_error' }, 'StripeAPIError'],
    [503, { type: 'api_error' }, 'StripeAPIError'],
    [409, { type: 'idempotency_error', code: 'idempotency_key_in_use' }, 'StripeAPIError'],
    [401, { type: 'invalid_request_error', message: `Invalid API Key: ${KEY}` }, 'StripeAuthenticationError'],
    [403, { type: 'invalid_request_error', message: `No access with ${KEY}` }, 'StripePermissionError'],
  ])(
    'leaves it open what happened after %i %j, and tells three words and no secret',
    async (status, error, type) => {
      const found = await failure(status, error);
      expect(found).toEqual({
        kind: 'unavailable',
        dependency: 'stripe',
        cause: { type, requestId: 'req_9', ...('code' in error && { code: error.code }) },
      });
      expect(JSON.stringify(found)).not.toContain(KEY);
    },
  );

  it('calls what was refused by its code, with the words of Stripe', async () => {
    const error = { type: 'invalid_request_error', code: 'url_invalid', param: 'success_url' };
    expect(await failure(400, error)).toEqual({
      kind: 'processor_refused',
      code: 'url_invalid',
      reason: 'Words.',
    });
  });

  it('refuses a key that was used for something else', async () => {
    expect(await failure(400, { type: 'idempotency_error' })).toMatchObject({
      kind: 'processor_refused',
      code: 'idempotency_error',
    });
  });

  it('names what is missing by the message, or by the parameter', async () => {
    const error = { type: 'invalid_request_error', code: 'resource_missing', param: 'customer' };
    expect(await failure(400, { ...error, message: "No such customer: 'cus_1'" })).toEqual({
      kind: 'processor_missing',
      what: 'customer',
    });
    server.close();
    expect(await failure(400, error)).toEqual({ kind: 'processor_missing', what: 'customer' });
  });

  it('tells a declined card from nothing to pay with, both where one pays', async () => {
    const change = { id: 'sub_1', price: 'price_1', at: instant(0), key: 'key-2' };
    const declineOf = async (status: number, error: object) => {
      const rig = await listening({ status, error });
      server = rig.server;
      return (await rig.processor.subscriptions.changePrice(HERE, change))._unsafeUnwrapErr();
    };
    const card = { type: 'card_error', code: 'card_declined', message: 'No.' };
    expect(await declineOf(402, { ...card, decline_code: 'insufficient_funds' })).toEqual({
      kind: 'payment_declined',
      code: 'insufficient_funds',
    });
    server.close();
    expect(await declineOf(402, card)).toEqual({ kind: 'payment_declined', code: 'card_declined' });
    server.close();
    const message = 'This customer has no attached payment source or default payment method.';
    const nothing = { type: 'invalid_request_error', code: 'resource_missing', message };
    expect(await declineOf(400, nothing)).toEqual({
      kind: 'payment_declined',
      code: 'payment_method_missing',
    });
  });

  it('does not know what happened when nobody answers any more', async () => {
    const rig = await listening({ status: 500, error: {} }, 99);
    server = rig.server;
    const lost = (await rig.processor.checkout.open(HERE, session))._unsafeUnwrapErr();
    expect(lost).toMatchObject({ kind: 'unavailable', cause: { type: 'StripeConnectionError' } });
  });

  it('sends our key with every attempt, also with the one that the SDK makes by itself', async () => {
    const rig = await listening({ status: 400, error: { type: 'invalid_request_error', message: 'No.' } }, 1);
    server = rig.server;
    expect((await rig.processor.checkout.open(HERE, session)).isErr()).toBe(true);
    expect(rig.keys).toEqual(['key-1', 'key-1']);
  });
});
