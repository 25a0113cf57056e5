import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redirectUrl } from '../../../../src/domain/billing/redirect-url.js';

const allowed = (text: string, hosts?: readonly string[]): boolean =>
  redirectUrl(text, 'success_url', { hosts }).isOk();

describe('where a payer may be sent back to', () => {
  it.each([
    'https://app.example/paid?session={CHECKOUT_SESSION_ID}#top',
    'https://app.example:8443/',
    'http://localhost:3000/paid',
    'http://127.0.0.1/',
    'http://127.1.2.3:1/',
    'http://[::1]:3000/',
    'HTTPS://App.Example/',
    'https://münchen.example/bezahlt',
    'https://app.example/a@b?mail=a@b',
  ])('allows %s, as it was written', (text) => {
    expect(redirectUrl(text, 'success_url')._unsafeUnwrap()).toBe(text);
  });

  it.each([
    'http://app.example/',
    'http://localhost.app.example/',
    'http://127.0.0.1.app.example/',
    'http://128.0.0.1/',
    'ftp://localhost/',
    'javascript:alert(1)',
    'data:text/html,x',
    '//app.example/',
    '/paid',
    '',
    'https://',
    'https://user@app.example/',
    'https://user:word@app.example/',
    'https://@app.example/',
    'https://:@app.example/',
    'https://app.example\\@evil.example/',
    'https:\\\\app.example/',
    'https://app.example/\n',
    ' https://app.example/',
    'https://app.ex\tample/',
  ])('refuses %j', (text) => {
    expect(redirectUrl(text, 'cancel_url')._unsafeUnwrapErr()).toMatchObject({
      kind: 'url_not_allowed',
      field: 'cancel_url',
    });
  });

  it('has at most 2,048 characters', () => {
    const of = (length: number) => `https://app.example/${'x'.repeat(length - 20)}`;
    expect([allowed(of(2_048)), allowed(of(2_049))]).toEqual([true, false]);
  });

  it('lies on one of the allowed hosts, where there is a list, loopback too', () => {
    const hosts = ['app.example', 'localhost'];
    expect(allowed('https://app.example/', hosts)).toBe(true);
    expect(allowed('https://APP.example:444/', hosts)).toBe(true);
    expect(allowed('http://localhost:3000/', hosts)).toBe(true);
    expect(allowed('http://127.0.0.1/', hosts)).toBe(false);
    expect(allowed('https://sub.app.example/', hosts)).toBe(false);
    expect(allowed('https://app.example.evil.example/', hosts)).toBe(false);
    expect(allowed('https://app.example/', [])).toBe(false);
  });

  it('may always be a page of our own, and nothing that only looks like one', () => {
    const home = 'http://tollhouse.lan:8080/base';
    const from = (text: string, own = home): boolean =>
      redirectUrl(text, 'success_url', { hosts: ['app.example'], home: own }).isOk();
    expect(from('http://tollhouse.lan:8080/pricing?checkout=success')).toBe(true);
    expect(from('https://app.example/')).toBe(true);
    expect(from('https://tollhouse.example/pricing', 'https://tollhouse.example')).toBe(true);
    for (const other of [
      'http://tollhouse.lan/pricing',
      'https://tollhouse.lan:8080/pricing',
      'http://tollhouse.lan.evil.example:8080/',
      'http://user@tollhouse.lan:8080/',
      'ftp://tollhouse.lan:8080/',
    ])
      expect([other, from(other)]).toEqual([other, false]);
  });

  it('leads, whatever is written, to where a browser goes by https or on this machine', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.webUrl(),
          fc.string(),
          fc.string().map((s) => `https://${s}`),
        ),
        (text) => {
          if (!allowed(text)) return;
          const { protocol, hostname, username } = new URL(text);
          expect(protocol === 'https:' || /^(localhost|127\.|\[::1\])/.test(hostname)).toBe(true);
          expect(username).toBe('');
        },
      ),
      { numRuns: 100 },
    );
  });
});
