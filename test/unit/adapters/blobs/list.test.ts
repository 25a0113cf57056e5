import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startOf, successor } from '../../../../src/adapters/blobs/list.js';
import type { Prefix } from '../../../../src/domain/storage/object-key.js';

const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const points = fc.constantFrom(
  '\u0001',
  '/',
  '0',
  'a',
  '\u007f',
  '\u0080',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '😀',
  '\u{10ffff}',
);
const texts = fc.array(points, { maxLength: 5 }).map((parts) => parts.join(''));

describe('the range of a prefix', () => {
  it('holds exactly the keys that begin with it', () => {
    const property = fc.property(texts, texts, fc.boolean(), (start, other, below) => {
      const name = below ? start + other : other;
      const inside = bytewise(name, start) >= 0 && bytewise(name, successor(start)) < 0;
      expect(inside).toBe(name.startsWith(start));
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('ends above every key when nothing but the highest code point stands in it', () => {
    for (const start of ['', '\u{10ffff}', '\u{10ffff}\u{10ffff}'])
      expect(bytewise(successor(start), '\u{10ffff}'.repeat(256))).toBe(1);
  });
});

describe('the start of a page', () => {
  const startOfPage = (after: string, start = '') =>
    startOf({ prefix: start as Prefix, delimiter: '/', after, limit: 1 });

  it('passes over a whole folder, and over one key only without a delimiter', () => {
    expect(startOfPage('dir/')).toBe('dir0');
    expect(startOf({ prefix: '' as Prefix, after: 'dir/', limit: 1 })).toBe('dir/\u0001');
    expect(startOfPage('dir/', 'dir/')).toBe('dir/\u0001');
    expect(startOfPage('dir/sub/x', 'dir/')).toBe('dir/sub0');
  });

  it('begins with the prefix when that comes later, and finds nothing when it lies behind', () => {
    expect(startOfPage('a', 'b')).toBe('b');
    expect(bytewise(startOfPage('c', 'b'), successor('b'))).toBe(1);
  });
});
