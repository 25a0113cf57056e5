import fc from 'fast-check';
import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { keyRing } from '../../../../src/adapters/system/key-ring.js';
import { systemPageTokens } from '../../../../src/adapters/system/page-tokens.js';

const [OLD, NEW] = ['old', 'new'].map((name) => `${name} secret key of thirty-two characters`);
const tokensOf = (...keys: (string | undefined)[]) =>
  systemPageTokens(keyRing(keys.map(String))._unsafeUnwrap());
const tokens = tokensOf(OLD);
const INVALID = err({ kind: 'invalid_page_token' });

describe('page tokens', () => {
  it('give back the cursor in the list they were made for', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (list, cursor) => {
        expect(tokens.read(list, tokens.issue(list, cursor))).toEqual(ok(cursor));
      }),
    );
  });

  it('are safe in a URL', () => {
    expect(tokens.issue('projects', 'ÿ?/+ &')).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it('open in no other list, not even where name and cursor join to the same text', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (list, other, cursor) => {
        fc.pre(list !== other);
        expect(tokens.read(other, tokens.issue(list, cursor))).toEqual(INVALID);
      }),
    );
    const bytes = Buffer.from(tokens.issue('projects of a', 'b and c'), 'base64url');
    const shifted = Buffer.concat([bytes.subarray(0, 32), Buffer.from(' and c')]).toString('base64url');
    expect(tokens.read('projects of ab', shifted)).toEqual(INVALID);
  });

  it('do not open when any character is changed, dropped or added', () => {
    const token = tokens.issue('projects', 'cursor');
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(tokens.read('projects', token.slice(0, at) + other + token.slice(at + 1))).toEqual(INVALID);
      expect(tokens.read('projects', token.slice(0, at) + token.slice(at + 1))).toEqual(INVALID);
    }
    for (const other of [
      '',
      'x',
      `${token}=`,
      `${token}A`,
      `${token} `,
      ` ${token}`,
      token.replace(/^./, '!$&'),
    ]) {
      expect(tokens.read('projects', other)).toEqual(INVALID);
    }
  });

  it('are refused, not stumbled over, when they are any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(tokens.read('projects', text)).toEqual(INVALID);
      }),
    );
  });

  it('live through a rotation of keys, and die with their key', () => {
    const token = tokens.issue('projects', 'cursor');
    expect(tokensOf(NEW, OLD).read('projects', token)).toEqual(ok('cursor'));
    expect(tokensOf(NEW).read('projects', token)).toEqual(INVALID);
    expect(tokens.read('projects', tokensOf(NEW, OLD).issue('projects', 'cursor'))).toEqual(INVALID);
  });
});
