import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { network } from '../../../../src/adapters/kit/network.js';
import { endpointsWithin } from '../../../../src/adapters/kit/outbound.js';

const anywhere = endpointsWithin([]);
const NOT_ALLOWED = err({ kind: 'invalid_endpoint', reason: 'leads to an address that is not allowed' });

describe('an endpoint that a person typed', () => {
  it.each([
    ['https://s3.example.com', 'https://s3.example.com'],
    ['HTTPS://S3.Example.com:443/', 'https://s3.example.com'],
    ['http://s3.example.com:9000', 'http://s3.example.com:9000'],
    ['https://1.1.1.1', 'https://1.1.1.1'],
    ['https://storage.example.com/s3/', 'https://storage.example.com/s3'],
    ['https://[2606:4700::1111]:8443/', 'https://[2606:4700::1111]:8443'],
  ])('%s is kept as %s', (text, kept) => {
    expect(anywhere.judge(text)).toEqual(ok(kept));
  });

  it.each([
    '',
    's3.example.com',
    'minio.example.com:9000',
    'ftp://s3.example.com',
    'file:///etc/passwd',
    'https://',
    'https://s3.example.com/a b',
    'https:\\\\s3.example.com',
    ' https://s3.example.com',
    'https://s3.example.com\n',
    'https://999.1.1.1',
  ])('%j is no address of a store', (text) => {
    expect(anywhere.judge(text)).toEqual(
      err({ kind: 'invalid_endpoint', reason: 'must be a URL that begins with https:// or http://' }),
    );
  });

  it.each([
    'https://key@s3.example.com',
    'https://key:secret@s3.example.com',
    'https://:secret@s3.example.com',
  ])('is refused with credentials in it, without repeating them: %s', (text) => {
    expect(anywhere.judge(text)).toEqual(
      err({ kind: 'invalid_endpoint', reason: 'must not hold credentials' }),
    );
  });

  it.each([
    'https://s3.example.com/a//b',
    'https://s3.example.com/a%20b',
    'https://s3.example.com/?a=b',
    'https://s3.example.com/#a',
  ])('ends after the host, the port and a plain path: %s', (text) => {
    expect(anywhere.judge(text)).toEqual(
      err({ kind: 'invalid_endpoint', reason: 'must end after the host, the port and a plain path' }),
    );
  });

  it('is refused when nobody could mean one that long', () => {
    expect(anywhere.judge(`https://${'a.'.repeat(300)}com`)).toEqual(
      err({ kind: 'invalid_endpoint', reason: 'is longer than 512 characters' }),
    );
  });

  it.each([
    'http://127.0.0.1',
    'http://127.1',
    'http://0x7f000001',
    'http://2130706433',
    'http://0177.0.0.1',
    'http://127.0.0.1.',
    'http://１２７.0.0.1',
    'http://169.254.169.254',
    'http://[::ffff:a9fe:a9fe]',
    'http://[::ffff:169.254.169.254]',
    'http://[::1]:9000',
    'http://[fd00:ec2::254]',
    'http://localhost:9000',
    'http://LOCALHOST.',
    'http://minio.localhost',
    'https://10.0.0.8',
  ])('is recognised as an address of the inside, however it is spelled: %s', (text) => {
    expect(anywhere.judge(text)).toEqual(NOT_ALLOWED);
  });

  it('may be in a network of the inside that is allowed, and in no other', () => {
    const { judge } = endpointsWithin([network('10.0.0.0/24')!, network('127.0.0.1')!]);
    expect(judge('http://10.0.0.8:9000')).toEqual(ok('http://10.0.0.8:9000'));
    expect(judge('http://[::ffff:a00:8]:9000')).toEqual(ok('http://[::ffff:a00:8]:9000'));
    expect(judge('http://2130706433:9000')).toEqual(ok('http://127.0.0.1:9000'));
    expect(judge('http://localhost:9000')).toEqual(ok('http://localhost:9000'));
    expect(judge('http://10.0.1.8:9000')).toEqual(NOT_ALLOWED);
    expect(judge('http://127.0.0.2:9000')).toEqual(NOT_ALLOWED);
  });

  it('is not judged by its name: that is done when it is connected to', () => {
    expect(anywhere.judge('http://metadata.google.internal')).toEqual(ok('http://metadata.google.internal'));
  });
});
