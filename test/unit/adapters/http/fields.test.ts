import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { flag, problemsOf, unstorable } from '../../../../src/adapters/http/kit/fields.js';

const nested = (depth: number): unknown => (depth === 0 ? 'end' : { in: nested(depth - 1) });

describe('text that cannot be stored', () => {
  it('is found wherever it hides, and named by its path', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('a\0b', '\ud800', 'x\udc00y'),
        fc.jsonValue({ maxDepth: 3 }),
        (text, around) => {
          expect(unstorable({ a: [around, { b: text }] })).toContainEqual({
            field: 'a.1.b',
            message: 'must be well-formed Unicode without NUL',
          });
        },
      ),
    );
    expect(unstorable({ a: { '\0': 1 } })).toEqual([
      { field: 'a', message: expect.stringContaining('name') },
    ]);
    expect(unstorable('\0')).toEqual([{ field: 'body', message: expect.any(String) }]);
  });

  it('is not found where there is none', () => {
    const fine = fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' });
    fc.assert(
      fc.property(fine, (value) => {
        fc.pre(!JSON.stringify(value).includes('\\u0000'));
        expect(unstorable(value)).toEqual([]);
      }),
    );
  });

  it('is not looked for beyond 64 levels: such a document is refused', () => {
    expect(unstorable(nested(63))).toEqual([]);
    expect(unstorable(nested(65))).toEqual([{ field: 'in', message: 'is nested too deeply' }]);
    expect(unstorable(JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)))).toHaveLength(1);
  });

  it('is reported a hundred times at most', () => {
    expect(unstorable(Array.from({ length: 1_000 }, () => '\0'))).toHaveLength(100);
  });
});

describe('problems', () => {
  it('carry the field, or else the part of the request', () => {
    const schema = z.object({ a: z.object({ b: z.array(z.string()) }) });
    const problems = (value: unknown) =>
      problemsOf(schema.safeParse(value).error ?? new z.ZodError([]), 'body');
    expect(problems({ a: { b: ['x', 1] } })).toEqual([{ field: 'a.b.1', message: expect.any(String) }]);
    expect(problems(null)).toEqual([{ field: 'body', message: expect.any(String) }]);
  });
});

describe('a flag', () => {
  it('is true or false, and false when absent', () => {
    expect([flag.parse('true'), flag.parse('false'), flag.parse(undefined)]).toEqual([true, false, false]);
    for (const other of ['', '1', 'TRUE', true, ['true', 'true']])
      expect(flag.safeParse(other).success).toBe(false);
  });
});
