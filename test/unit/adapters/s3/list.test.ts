import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastIn, startAfter } from '../../../../src/adapters/s3/list.js';
import type { ListRequest } from '../../../../src/ports/storage/object-store.js';

const inByteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const request = (of: Partial<ListRequest>): ListRequest => ({ prefix: '' as never, limit: 1, ...of });

describe('where a listing of S3 goes on', () => {
  it('is behind every key that a folder can hold, and before whatever follows the folder', () => {
    const key = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 60 })
      .filter((text) => text.isWellFormed());
    const folder = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(folder, key, (name, rest) => {
        const last = lastIn(`${name}/`);
        expect(Buffer.byteLength(last)).toBe(1024);
        expect(inByteOrder(`${name}/${rest}`, last)).toBeLessThan(0);
        expect(inByteOrder(last, `${name}0`)).toBeLessThan(0);
      }),
    );
  });

  it('is the greatest key of a folder whatever bytes are left for it', () => {
    for (const [name, filled] of [
      ['d/', '\u07ff'],
      ['dd/', '\u007f'],
      ['ddd/', '\u{10ffff}'],
      ['dddd/', '\uffff'],
    ] as const)
      expect(lastIn(name).endsWith(filled)).toBe(true);
    expect(lastIn(`${'d'.repeat(1023)}/`)).toBe(`${'d'.repeat(1023)}/`);
  });

  it('is the key itself where nothing is rolled up', () => {
    expect(startAfter(request({ after: 'a/b' }))).toBe('a/b');
    expect(startAfter(request({ after: 'a', delimiter: '/' }))).toBe('a');
    expect(startAfter(request({ after: 'a/b', prefix: 'a/' as never, delimiter: '/' }))).toBe('a/b');
    expect(startAfter(request({ delimiter: '/' }))).toBeUndefined();
  });

  it('is the end of the folder, for its name and for any key in it', () => {
    for (const after of ['a/', 'a/b', 'a/b/c'])
      expect(startAfter(request({ after, delimiter: '/' }))).toBe(lastIn('a/'));
  });
});
