import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { apiBaseOf } from '../../../../src/adapters/stripe/api-base.js';

describe('the base of Stripe’s API', () => {
  it.each([
    ['https://api.stripe.com', { host: 'api.stripe.com', port: '443', protocol: 'https' }],
    ['https://api.stripe.com/', { host: 'api.stripe.com', port: '443', protocol: 'https' }],
    ['http://127.0.0.1:4242', { host: '127.0.0.1', port: '4242', protocol: 'http' }],
    ['http://localhost', { host: 'localhost', port: '80', protocol: 'http' }],
    ['http://[::1]:12111', { host: '::1', port: '12111', protocol: 'http' }],
  ])('takes %s', (text, address) => {
    expect(apiBaseOf(text)).toEqual(ok(address));
  });

  it.each([
    'http://api.stripe.com',
    'https://api.stripe.com:8443',
    'https://api.stripe.com.evil.test',
    'https://evil.test',
    'http://127.0.0.1.evil.test',
    'http://10.0.0.1',
    'http://user@127.0.0.1',
    'http://127.0.0.1/v1',
    'http://127.0.0.1/?x',
    'ftp://127.0.0.1',
    'not a URL',
    '',
  ])('sends no key to %s', (text) => {
    expect(apiBaseOf(text)._unsafeUnwrapErr().kind).toBe('invalid_api_base');
  });
});
