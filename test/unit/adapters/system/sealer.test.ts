import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyRing } from '../../../../src/adapters/system/key-ring.js';
import { systemSealer } from '../../../../src/adapters/system/sealer.js';
import type { DataKey, Place, Sealed, Sealer } from '../../../../src/ports/shared/sealer.js';

const [OLD, NEW, OTHER] = ['old', 'new', 'other'].map(
  (name) => `${name} secret key of thirty-two characters`,
);
const sealerOf = (...keys: (string | undefined)[]): Sealer =>
  systemSealer(keyRing(keys.map(String))._unsafeUnwrap());

const place: Place = { table: 'buckets', column: 'secret_access_key', row: 'row-1' };
const sealer = sealerOf(OLD);
const key = sealer.newDataKey('account-1');
const sealed = sealer.seal(key, 'account-1', place, 'the secret');

/** The same text with one bit of its last part turned. */
const bent = (text: string, at: number): string => {
  const [name, box = ''] = text.split('.');
  const bytes = Buffer.from(box, 'base64url');
  bytes[at % bytes.length]! ^= 1;
  return `${name}.${bytes.toString('base64url')}`;
};

describe('sealer', () => {
  it('opens what it has sealed, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (plain) => {
        expect(sealer.open(key, 'account-1', place, sealer.seal(key, 'account-1', place, plain))).toBe(plain);
      }),
    );
  });

  it('never seals one text the same way twice, and never shows it', () => {
    expect(sealer.seal(key, 'account-1', place, 'the secret')).not.toBe(sealed);
    expect(Buffer.from(sealed.split('.')[1] ?? '', 'base64url').toString('latin1')).not.toContain(
      'the secret',
    );
  });

  it.each<[string, string, Place]>([
    ['another table', 'account-1', { ...place, table: 'connections' }],
    ['another column', 'account-1', { ...place, column: 'access_key_id' }],
    ['another row', 'account-1', { ...place, row: 'row-2' }],
    ['another account', 'account-2', place],
    [
      'parts that only join to the same text',
      'account-1',
      { ...place, table: 'buckets","secret', column: 'key' },
    ],
  ])('does not open a value that was moved to %s', (_, accountId, elsewhere) => {
    expect(() => sealer.open(key, accountId, elsewhere, sealed)).toThrow();
  });

  it('tells two places apart whose parts only join to the same text', () => {
    const here = { table: 'a', column: 'b","c', row: 'd' };
    const there = { table: 'a","b', column: 'c', row: 'd' };
    const value = sealer.seal(key, 'account-1', here, 'the secret');
    expect(sealer.open(key, 'account-1', here, value)).toBe('the secret');
    expect(() => sealer.open(key, 'account-1', there, value)).toThrow();
  });

  it('does not open with the data key of another account', () => {
    expect(() => sealer.open(sealer.newDataKey('account-1'), 'account-1', place, sealed)).toThrow();
    expect(() => sealer.open(sealer.newDataKey('account-2'), 'account-1', place, sealed)).toThrow();
  });

  it('does not open what has been changed by a single bit', () => {
    fc.assert(
      fc.property(fc.nat(200), (at) => {
        expect(() => sealer.open(key, 'account-1', place, bent(sealed, at) as Sealed)).toThrow();
        expect(() => sealer.open(bent(key, at) as DataKey, 'account-1', place, sealed)).toThrow();
      }),
    );
  });

  it.each(['', 'x', '.', 'abcdef01.', 'abcdef01.AAAA'])('does not open %o', (text) => {
    expect(() => sealer.open(key, 'account-1', place, text as Sealed)).toThrow();
    expect(() => sealer.open(text as DataKey, 'account-1', place, sealed)).toThrow();
  });

  it('opens with every key of the list and wraps new data keys with the first', () => {
    const rotated = sealerOf(NEW, OLD);
    expect(rotated.open(key, 'account-1', place, sealed)).toBe('the secret');
    const later = rotated.newDataKey('account-2');
    const value = rotated.seal(later, 'account-2', place, 'another');
    expect(sealerOf(NEW).open(later, 'account-2', place, value)).toBe('another');
    expect(() => sealer.open(later, 'account-2', place, value)).toThrow(/no key/);
  });

  it('does not open with a list that lacks the key', () => {
    expect(() => sealerOf(OTHER).open(key, 'account-1', place, sealed)).toThrow(/no key/);
  });
});
