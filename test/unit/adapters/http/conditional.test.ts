import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityTags, rangeOf } from '../../../../src/adapters/http/kit/conditional.js';

const position = fc.nat({ max: 999_999_999_999_999 });

describe('a Range header', () => {
  it('names one part by its first and last byte, from a byte on, or from the end', () => {
    fc.assert(
      fc.property(position, position, (a, b) => {
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        expect(rangeOf(`bytes=${first}-${last}`)).toEqual({ first, last });
        expect(rangeOf(`bytes=${first}-`)).toEqual({ first });
        expect(rangeOf(` bytes=-${last} `)).toEqual({ suffix: last });
        if (first < last) expect(rangeOf(`bytes=${last}-${first}`)).toBeUndefined();
      }),
    );
  });

  it('is taken for absent when it is anything else, so that all is sent', () => {
    for (const header of [
      undefined,
      '',
      'bytes',
      'bytes=',
      'bytes=-',
      'bytes=1-2,4-5',
      'items=1-2',
      'bytes=a-b',
      'bytes=1',
      'bytes=-1-2',
      'bytes=1.5-2',
      'bytes=0x1-2',
      'bytes=1 - 2',
      'bytes=1234567890123456-',
    ])
      expect([header, rangeOf(header)]).toEqual([header, undefined]);
  });

  it('never throws, and never gives a number that is not exact', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^bytes=[0-9,-]{0,40}$/)), (header) => {
        for (const number of Object.values(rangeOf(header) ?? {}))
          expect(Number.isSafeInteger(number)).toBe(true);
      }),
    );
  });
});

describe('entity tags', () => {
  const tag = fc.stringMatching(/^[A-Za-z0-9+/=._-]{1,20}$/);

  it('come out as they were put in, weak or strong', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(tag, fc.boolean()), { minLength: 1 }), (tags) => {
        const header = tags.map(([text, weak]) => `${weak ? 'W/' : ''}"${text}"`).join(' , ');
        expect(entityTags(header)).toEqual(tags.map(([text]) => text));
      }),
    );
  });

  it('are none where none is in quotes; a star stays a star', () => {
    expect(entityTags('*')).toEqual(['*']);
    for (const header of ['', ',', 'abc', '"abc', 'w/"abc"', '""'])
      expect([header, entityTags(header)]).toEqual([header, []]);
  });
});
