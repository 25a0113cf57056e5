import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { type KeyRing, keyRing } from '../../../../src/adapters/system/key-ring.js';

const [OLD, NEW] = ['an old secret key of 32 characters', 'a new secret key of 32 characters.'];
const ring = (...keys: string[]): KeyRing => keyRing(keys)._unsafeUnwrap();

describe('key ring', () => {
  it('wants at least one key', () => {
    expect(keyRing([])).toEqual(err({ kind: 'no_secret_key' }));
  });

  it('names the place of a key that is too short, and not the key', () => {
    expect(keyRing([OLD, 'x'.repeat(31)])).toEqual(err({ kind: 'weak_secret_key', position: 2 }));
    expect(keyRing(['x'.repeat(32)]).map(({ all }) => all.length)).toEqual(ok(1));
  });

  it('calls a key by the same name wherever it stands, and two keys by two', () => {
    expect(ring(OLD, NEW).all.map(({ id }) => id)).toEqual([ring(OLD).first.id, ring(NEW).first.id]);
    expect(ring(OLD).first.id).toMatch(/^[0-9a-f]{8}$/);
    expect(ring(OLD).first.id).not.toBe(ring(NEW).first.id);
  });

  it('derives another key for each purpose and from each secret, the same one each time', () => {
    const derived = [ring(OLD).first.derive('a'), ring(OLD).first.derive('b'), ring(NEW).first.derive('a')];
    expect(new Set(derived.map((key) => key.toString('hex'))).size).toBe(3);
    expect(derived.map((key) => key.length)).toEqual([32, 32, 32]);
    expect(ring(OLD).first.derive('a')).toEqual(derived[0]);
  });

  it('derives what RFC 5869 says', () => {
    // openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:… -kdfopt salt:tollhouse -kdfopt info:page HKDF
    expect(ring('x'.repeat(32)).first.derive('page').toString('hex')).toBe(
      '43299139b70d3bc4d1834527fab018a6f8e5ef79f7298e4d011527b3337e48bc',
    );
  });

  it('knows its own proof, that of an older key, and none of a stranger', () => {
    const proof = ring(OLD).proof();
    expect(ring(OLD).check(proof)).toBe('first');
    expect(ring(OLD, NEW).check(proof)).toBe('first');
    expect(ring(NEW, OLD).check(proof)).toBe('older');
    expect(ring(NEW).check(proof)).toBe('unknown');
    expect(ring(NEW).check(`${ring(NEW).first.id}.${proof.split('.')[1]}`)).toBe('unknown');
  });
});
