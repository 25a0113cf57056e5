import fc from 'fast-check';
import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { keyRing } from '../../../../src/adapters/system/key-ring.js';
import { systemLinkTokens } from '../../../../src/adapters/system/link-tokens.js';
import { systemPageTokens } from '../../../../src/adapters/system/page-tokens.js';
import { LINK_INVALID } from '../../../../src/ports/storage/links.js';

const [OLD, NEW] = ['old', 'new'].map((name) => `${name} secret key of thirty-two characters`);
const ringOf = (...keys: (string | undefined)[]) => keyRing(keys.map(String))._unsafeUnwrap();
const tokens = systemLinkTokens(ringOf(OLD));
const INVALID = err(LINK_INVALID);
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

describe('tokens of links', () => {
  it('give back what was signed, and fit into the path of a URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const token = tokens.sign(text);
        expect(tokens.open(token)).toEqual(ok(text));
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
    );
  });

  it('do not open when any one character is another, is missing, or is one too many', () => {
    const letter = fc.constantFrom(...ALPHABET);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), letter, (text, where, other) => {
        const token = tokens.sign(text);
        const at = where % token.length;
        const [before, after] = [token.slice(0, at), token.slice(at + 1)];
        if (token[at] !== other) expect(tokens.open(before + other + after)).toEqual(INVALID);
        expect(tokens.open(before + after)).toEqual(INVALID);
        expect(tokens.open(before + other + token.slice(at))).toEqual(INVALID);
        for (const odd of ['=', ' ', '.', '\n', 'é'])
          expect(tokens.open(before + odd + after)).toEqual(INVALID);
      }),
    );
  });

  it('are refused, not stumbled over, when they are any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(tokens.open(text)).toEqual(INVALID);
      }),
    );
  });

  it('are no page tokens, nor are those links', () => {
    const pages = systemPageTokens(ringOf(OLD));
    expect(pages.read('1', tokens.sign('text')).isErr()).toBe(true);
    expect(tokens.open(pages.issue('1', 'text'))).toEqual(INVALID);
  });

  it('live through a rotation of keys, and die with their key', () => {
    const token = tokens.sign('text');
    expect(systemLinkTokens(ringOf(NEW, OLD)).open(token)).toEqual(ok('text'));
    expect(systemLinkTokens(ringOf(NEW)).open(token)).toEqual(INVALID);
  });
});
