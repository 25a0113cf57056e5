import { describe, expect, it } from 'vitest';
import { network } from '../../../../src/adapters/kit/network.js';
import { reachOf } from '../../../../src/adapters/rclone/reach.js';
import type { StoreAddress } from '../../../../src/ports/shared/store-address.js';

const at = (endpoint: string | undefined): Extract<StoreAddress, { readonly accessKeyId: string }> => ({
  provider: endpoint === undefined ? 'aws' : 's3compat',
  region: 'eu-west-1',
  endpoint,
  accessKeyId: 'key',
  secretAccessKey: 'secret',
});
const OWN = 'http://127.0.0.1:8080/s3';
const rules = { outboundAllow: [], ownEndpoints: () => [OWN] };

describe('the way of a gateway to a store', () => {
  it('is straight to the stores of the operator and to the vendors', () => {
    expect(reachOf(at(OWN), rules)._unsafeUnwrap()).toEqual({ dialled: OWN });
    expect(reachOf(at(undefined), rules)._unsafeUnwrap()).toEqual({});
    const gcp = { provider: 'gcp', clientEmail: 'a@b', privateKey: 'pem' } as const;
    expect(reachOf(gcp, rules)._unsafeUnwrap()).toEqual({});
  });

  it('is through the door to any other, with TLS from there on', () => {
    expect(reachOf(at('https://s3.example.com'), rules)._unsafeUnwrap()).toEqual({
      dialled: 'http://s3.example.com',
      guarded: 'https://s3.example.com',
    });
    expect(reachOf(at('http://s3.example.com:9000/below'), rules)._unsafeUnwrap()).toEqual({
      dialled: 'http://s3.example.com:9000/below',
      guarded: 'http://s3.example.com:9000/below',
    });
  });

  it('is none to addresses of the inside, however they are spelled', () => {
    for (const inside of [
      'http://127.0.0.1:9',
      'http://0x7f.1',
      'http://localhost',
      'http://169.254.169.254',
    ])
      expect(reachOf(at(inside), rules)._unsafeUnwrapErr()).toEqual({
        kind: 'unreachable',
        reason: 'its endpoint leads to an address that is not allowed',
      });
  });

  it('keeps TLS to what is allowed on this very host, where no proxy comes in between', () => {
    const loopback = network('127.0.0.0/8');
    const allowing = { ...rules, outboundAllow: loopback ? [loopback] : [] };
    const { dialled } = reachOf(at('https://127.0.0.2:9000'), allowing)._unsafeUnwrap();
    expect(dialled).toBe('https://127.0.0.2:9000');
  });

  it('takes no region that would lead elsewhere', () => {
    expect(reachOf({ ...at(undefined), region: 'x.evil.com/' }, rules).isErr()).toBe(true);
  });
});
