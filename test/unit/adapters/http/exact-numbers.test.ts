import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { roundedNumbers } from '../../../../src/adapters/http/kit/exact-numbers.js';

const fieldsIn = (text: string): readonly string[] => roundedNumbers(text).map(({ field }) => field);

describe('numbers of a JSON text', () => {
  it.each([
    '0',
    '-0',
    '0.0',
    '29.99',
    '29.990',
    '1e2',
    '1E+2',
    '100e-2',
    '9007199254740991',
    '1.7976931348623157e308',
    '5e-324',
    '0.1',
  ])('are taken as they are, such as %s', (text) => {
    expect(fieldsIn(text)).toEqual([]);
  });

  it.each([
    '29.9900000000000001',
    '9007199254740993',
    '0.1000000000000000055511151231257827',
    '1e309',
    '-1e400',
    '1e-400',
    '0.30000000000000000001',
    `1${'0'.repeat(1_000_000)}1`,
    `1e${'9'.repeat(1_000_000)}`,
  ])('are refused where the parser would make others of them', (text) => {
    expect(Number(JSON.parse(text))).not.toBeNaN();
    expect(fieldsIn(text)).toEqual(['body']);
  });

  it('are named by where they are, and digits in strings are none', () => {
    const text = '{"a":[1,{"b":2.00000000000000000001}],"c":"2.00000000000000000001","\\"3e999":1e999,"d":4}';
    expect(fieldsIn(text)).toEqual(['a.1.b', '"3e999']);
    expect(fieldsIn('{"a":"\\\\","b":0.00000000000000000001}')).toEqual([]);
    expect(fieldsIn('{"a":"\\\\\\"","b":[1e999]}')).toEqual(['b.0']);
  });

  it('of any document that was written from numbers are those that are read', () => {
    fc.assert(
      fc.property(fc.json(), (text) => roundedNumbers(text).length === 0),
      { numRuns: 500 },
    );
  });

  it('with any digit more than a double holds are refused', () => {
    const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 0, maxLength: 8 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 ** 8 }), digits, (whole, rest) => {
        const text = `${whole}.${'0'.repeat(18)}${rest.join('')}1`;
        expect(fieldsIn(text)).toEqual(['body']);
      }),
      { numRuns: 200 },
    );
  });
});
