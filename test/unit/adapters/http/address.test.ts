import type { IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAddress, isLoopbackName } from '../../../../src/adapters/http/kit/address.js';
import { network } from '../../../../src/adapters/kit/network.js';

const networks = (...texts: string[]) =>
  texts.map((text) => {
    const found = network(text);
    if (!found) throw new Error(`${text} is not a network`);
    return found;
  });
const asking = (peer: string | undefined, forwarded?: string | string[]): IncomingMessage =>
  ({
    socket: { remoteAddress: peer },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

const PROXIES = networks('10.0.0.0/8', '2001:db8:aa::/48');
const octet = fc.integer({ min: 0, max: 255 });
const outside = fc
  .tuple(fc.integer({ min: 11, max: 223 }), octet, octet, octet)
  .map((parts) => parts.join('.'));
const inside = fc.tuple(octet, octet, octet).map((parts) => `10.${parts.join('.')}`);

describe('the client address', () => {
  it('is the peer, whatever an untrusted one claims', () => {
    fc.assert(
      fc.property(outside, fc.string(), (peer, claim) => {
        expect(clientAddress(asking(peer, claim), PROXIES)).toBe(peer);
        expect(clientAddress(asking(peer, claim), [])).toBe(peer);
      }),
    );
  });

  it('is the last hop that is no trusted proxy, whatever the client wrote before it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(outside, inside, fc.string()), { maxLength: 4 }),
        outside,
        fc.array(inside, { maxLength: 3 }),
        inside,
        (forged, client, hops, peer) => {
          const claimed = forged.map((text) => text.replaceAll(',', ';'));
          const header = [...claimed, client, ...hops].join(', ');
          expect(clientAddress(asking(peer, header), PROXIES)).toBe(client);
        },
      ),
    );
  });

  it('is the proxy furthest out when it says nothing usable', () => {
    expect(clientAddress(asking('10.0.0.1'), PROXIES)).toBe('10.0.0.1');
    expect(clientAddress(asking('10.0.0.1', '10.0.0.9'), PROXIES)).toBe('10.0.0.9');
    expect(clientAddress(asking('10.0.0.1', '192.0.2.1, unknown, 10.0.0.9'), PROXIES)).toBe('10.0.0.9');
    expect(clientAddress(asking('10.0.0.1', '192.0.2.1, 127, 10.0.0.9'), PROXIES)).toBe('10.0.0.9');
    expect(clientAddress(asking(undefined), PROXIES)).toBe('unknown');
  });

  it('has one spelling, mapped into IPv6 or not', () => {
    expect(clientAddress(asking('::ffff:192.0.2.1'), [])).toBe('192.0.2.1');
    expect(clientAddress(asking('::ffff:10.0.0.1', '::ffff:192.0.2.1'), PROXIES)).toBe('192.0.2.1');
    expect(clientAddress(asking('2001:db8:aa::1', '2001:DB8:0:0::7'), PROXIES)).toBe('2001:db8::7');
    expect(clientAddress(asking('::ffff:10.0.0.1', '192.0.2.1'), networks('::ffff:10.0.0.0/104'))).toBe(
      '192.0.2.1',
    );
  });

  it('is read from hops that carry a port, and from a header sent twice', () => {
    expect(clientAddress(asking('10.0.0.1', '192.0.2.1:4711'), PROXIES)).toBe('192.0.2.1');
    expect(clientAddress(asking('10.0.0.1', '[2001:db8::7]:4711'), PROXIES)).toBe('2001:db8::7');
    expect(clientAddress(asking('10.0.0.1', ['203.0.113.9', '192.0.2.1']), PROXIES)).toBe('192.0.2.1');
  });
});

describe('a network', () => {
  it('is a range or a single address', () => {
    for (const text of [
      '10.0.0.0/8',
      '0.0.0.0/0',
      '192.0.2.1',
      '::1',
      '2001:db8::/32',
      '::ffff:10.0.0.0/104',
    ])
      expect([text, network(text)]).not.toEqual([text, undefined]);
  });

  it('is nothing else', () => {
    for (const text of [
      '',
      '10',
      '10.0.0',
      '0x7f.1',
      '10.0.0.0/33',
      '::/129',
      '10.0.0.0/',
      '10.0.0.0/8/8',
      'localhost',
      '10.0.0.256',
      '/8',
    ])
      expect([text, network(text)]).toEqual([text, undefined]);
  });
});

describe('a loopback name', () => {
  it('means this machine and no other', () => {
    for (const name of [
      'localhost',
      'Localhost',
      'app.localhost',
      '127.0.0.1',
      '127.1.2.3',
      '::1',
      '[::1]',
      'localhost.',
    ])
      expect([name, isLoopbackName(name)]).toEqual([name, true]);
    for (const name of [
      '',
      'localhost.evil.example',
      'evillocalhost',
      '127.0.0.1.evil.example',
      '128.0.0.1',
      '.localhost',
      '::2',
      'a b.localhost',
    ])
      expect([name, isLoopbackName(name)]).toEqual([name, false]);
  });
});
