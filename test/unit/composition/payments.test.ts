import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PaymentSandbox } from '../../../src/adapters/payment-sandbox/options.js';
import { PLATFORM_CONNECTION } from '../../../src/application/billing/events/connections.js';
import { ConfigError, readConfig } from '../../../src/composition/config.js';
import { sandboxPlace } from '../../../src/composition/payment-sandbox.js';
import {
  inSandbox,
  openSandboxHere,
  processorOf,
  processorPagesOf,
} from '../../../src/composition/payments.js';

let directory: string;
const opened: PaymentSandbox[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tollhouse-payments-'));
});
afterEach(async () => {
  for (const sandbox of opened.splice(0)) await sandbox.close();
  rmSync(directory, { recursive: true });
});

const read = (environment: Record<string, string> = {}) =>
  readConfig({ TOLLHOUSE_DATA_DIR: directory, ...environment });
const LIVE = {
  DATABASE_URL: 'postgres://user:password@127.0.0.1/tollhouse',
  TOLLHOUSE_SECRET_KEY: 'a key of more than thirty-two characters',
  BASE_URL: 'https://api.example.com/',
  SMTP_URL: 'smtps://user:password@mail.example.com:465',
};
const KEYS = { STRIPE_API_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRETS: 'whsec_new, whsec_old' };

const open = async (environment: Record<string, string> = {}) => {
  const sandbox = await openSandboxHere(read(environment));
  if (sandbox) opened.push(sandbox);
  return sandbox;
};

const PRICE = {
  key: 'a_price',
  product: { id: 'a_product', name: 'A product' },
  currency: 'usd',
  amount: 1_900n,
  every: { interval: 'month', count: 1 },
} as const;
const ensured = async (config = read()) =>
  (await processorOf(config).catalogue.ensurePrice(PLATFORM_CONNECTION, PRICE)).map(({ id }) => id);

describe('the pages of the processor', () => {
  it('are Stripe’s, and those at its custom domains', () => {
    const stripe = ['https://checkout.stripe.com', 'https://billing.stripe.com'];
    expect(processorPagesOf(read(KEYS))()).toEqual(stripe);
    const config = read({ ...KEYS, STRIPE_CHECKOUT_HOSTS: 'Pay.example.com, billing.example.com' });
    expect(processorPagesOf(config)()).toEqual([
      ...stripe,
      'https://pay.example.com',
      'https://billing.example.com',
    ]);
  });

  it('are no addresses with a scheme, a path or a word of a policy in them', () => {
    for (const host of ['https://pay.example.com', 'pay.example.com/x', "'self'", 'a b', '*'])
      expect(() => read({ ...KEYS, STRIPE_CHECKOUT_HOSTS: host })).toThrow('STRIPE_CHECKOUT_HOSTS');
  });
});

describe('settings of payments', () => {
  it('are secrets by which webhooks may be signed, and hosts to go back to', () => {
    const config = read({ ...KEYS, ALLOWED_REDIRECT_HOSTS: 'App.example.com, 127.0.0.1' });
    expect(config.STRIPE_WEBHOOK_SECRETS).toEqual(['whsec_new', 'whsec_old']);
    expect(config.ALLOWED_REDIRECT_HOSTS).toEqual(['app.example.com', '127.0.0.1']);
  });

  it.each([
    [{ STRIPE_API_KEY: 'sk_test_1' }, 'STRIPE_WEBHOOK_SECRETS is missing'],
    [{ STRIPE_WEBHOOK_SECRETS: 'whsec_1' }, 'STRIPE_API_KEY is not'],
    [{ STRIPE_API_BASE: 'http://127.0.0.1:1' }, 'STRIPE_API_BASE is set'],
    [{ ...KEYS, STRIPE_API_BASE: 'https://pay.example.com' }, 'STRIPE_API_BASE is wrong'],
    [{ ALLOWED_REDIRECT_HOSTS: 'https://app.example.com' }, 'ALLOWED_REDIRECT_HOSTS'],
    [{ ALLOWED_REDIRECT_HOSTS: 'app.example.com:8443' }, 'ALLOWED_REDIRECT_HOSTS'],
  ])('are refused by name when they do nothing or lead elsewhere: %j', (given, complaint) => {
    expect(() => read(given)).toThrow(ConfigError);
    expect(() => read(given)).toThrow(complaint);
  });
});

describe('who takes payments', () => {
  it('is nobody when live without a key', async () => {
    const config = read(LIVE);
    expect([inSandbox(config), await openSandboxHere(config)]).toEqual([false, undefined]);
    const refused = await processorOf(config).catalogue.price(PLATFORM_CONNECTION, 'price_1');
    expect(refused._unsafeUnwrapErr()).toEqual({ kind: 'payments_not_configured' });
  });

  it('is whoever the key belongs to, in the demo too', async () => {
    const sandbox = await open();
    const place = sandboxPlace(directory);
    const own = read({ ...KEYS, STRIPE_API_KEY: place?.apiKey ?? '', STRIPE_API_BASE: sandbox?.url ?? '' });
    expect([inSandbox(own), await openSandboxHere(own)]).toEqual([false, undefined]);
    const live = {
      ...LIVE,
      ...KEYS,
      STRIPE_API_KEY: place?.apiKey ?? '',
      STRIPE_API_BASE: sandbox?.url ?? '',
    };
    expect(await ensured(own)).toEqual(await ensured(read(live)));
    const wrong = await ensured(read({ ...live, STRIPE_API_KEY: 'sk_test_of_nobody' }));
    expect(wrong._unsafeUnwrapErr()).toMatchObject({ kind: 'unavailable', dependency: 'stripe' });
  });

  it('is in the demo a sandbox that is the same after a restart', async () => {
    const first = await open();
    const made = await ensured();
    expect(made.isOk()).toBe(true);
    await opened.pop()?.close();
    const again = await open();
    expect([again?.url, again?.apiKey, again?.webhookSecret]).toEqual([
      first?.url,
      first?.apiKey,
      first?.webhookSecret,
    ]);
    expect(await ensured()).toEqual(made);
    for (const file of ['payment-sandbox.json', 'payment-sandbox-state.json'])
      expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
  });

  it('is one sandbox for all processes of a demo, of which a worker runs none', async () => {
    expect(await open({ ROLE: 'worker' })).toBeUndefined();
    const early = processorOf(read({ ROLE: 'worker' }));
    const none = await early.catalogue.price(PLATFORM_CONNECTION, 'price_1');
    expect(none._unsafeUnwrapErr()).toEqual({ kind: 'payments_not_configured' });
    const started = await Promise.all([open({ ROLE: 'api' }), open(), open()]);
    expect(started.filter((sandbox) => sandbox !== undefined)).toHaveLength(1);
    const made = (await ensured())._unsafeUnwrap();
    const seen = await early.catalogue.price(PLATFORM_CONNECTION, made);
    expect(seen._unsafeUnwrap()).toMatchObject({ id: made, amount: 1_900n });
  });

  it('gives up a port that a stranger has taken meanwhile', async () => {
    const first = await open();
    await opened.pop()?.close();
    const before = readFileSync(join(directory, 'payment-sandbox.json'), 'utf8');
    const stranger: Server = createServer((_request, response) => void response.end('{}'));
    await new Promise<void>((resolve) =>
      stranger.listen(Number(new URL(first?.url ?? '').port), '127.0.0.1', () => resolve()),
    );
    const moved = await open();
    expect(moved?.url).not.toBe(first?.url);
    expect(moved?.apiKey).toBe(first?.apiKey);
    expect(readFileSync(join(directory, 'payment-sandbox.json'), 'utf8')).not.toBe(before);
    expect((await ensured()).isOk()).toBe(true);
    stranger.closeAllConnections();
    await new Promise((resolve) => stranger.close(resolve));
  });

  it('signs what it tells with the secret that it is checked by', async () => {
    const { events } = processorOf(read(KEYS));
    const at = Date.now() as never;
    expect(events.verify(Buffer.from('{}'), undefined, at)._unsafeUnwrapErr().kind).toBe('signature_missing');
    expect(events.verify(Buffer.from('{}'), 't=1,v1=00', at)._unsafeUnwrapErr().kind).toBe(
      'signature_invalid',
    );
  });
});
