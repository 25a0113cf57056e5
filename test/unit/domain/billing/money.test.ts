import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currency, minorPerMajor } from '../../../../src/domain/billing/currency.js';
import { allocate, halfUp } from '../../../../src/domain/billing/money.js';
import { inMinorUnits, microsOf, microsPerMinor } from '../../../../src/domain/billing/price.js';

const code = (text: string) => currency(text)._unsafeUnwrap();
const usd = code('usd');
const amount = fc.bigInt(-(10n ** 15n), 10n ** 15n);
const weights = fc
  .tuple(fc.bigInt(0n, 10n ** 12n), fc.array(fc.bigInt(0n, 10n ** 12n), { maxLength: 20 }))
  .map(([first, rest]): [bigint, ...bigint[]] => [first, ...rest]);
const abs = (value: bigint): bigint => (value < 0n ? -value : value);

describe('rounding', () => {
  it('takes the nearest whole number, and of two equally near the one further from nothing', () => {
    expect([
      halfUp(5n, 10n),
      halfUp(4n, 10n),
      halfUp(15n, 10n),
      halfUp(-5n, 10n),
      halfUp(-4n, 10n),
      halfUp(1n, 3n),
      halfUp(2n, 3n),
    ]).toEqual([1n, 0n, 2n, -1n, 0n, 0n, 1n]);
    fc.assert(
      fc.property(amount, fc.bigInt(1n, 10n ** 9n), (numerator, denominator) => {
        const rounded = halfUp(numerator, denominator);
        expect(2n * abs(rounded * denominator - numerator) <= denominator).toBe(true);
        expect(halfUp(-numerator, denominator)).toBe(-rounded);
      }),
    );
  });
});

describe('an amount that is split', () => {
  it('is the sum of its parts, each within one unit of its exact share', () => {
    fc.assert(
      fc.property(amount, weights, (whole, ratio) => {
        const parts = allocate({ amount: whole, currency: usd }, ratio);
        expect(parts.reduce((sum, part) => sum + part.amount, 0n)).toBe(whole);
        expect(parts.every((part) => part.currency === usd)).toBe(true);
        const total = ratio.reduce((a, b) => a + b, 0n);
        if (total > 0n)
          for (const [at, part] of parts.entries())
            expect(abs(part.amount * total - whole * (ratio[at] ?? 0n)) < total).toBe(true);
      }),
    );
  });

  it('gives what is left over to those who lost most by rounding down, the earlier of equals first', () => {
    const split = (whole: bigint, ...ratio: [bigint, ...bigint[]]) =>
      allocate({ amount: whole, currency: usd }, ratio).map((part) => part.amount);
    expect(split(100n, 1n, 1n, 1n)).toEqual([34n, 33n, 33n]);
    expect(split(10n, 1n, 2n, 3n)).toEqual([2n, 3n, 5n]);
    expect(split(-100n, 1n, 1n, 1n)).toEqual([-34n, -33n, -33n]);
    expect(split(5n, 0n, 1n)).toEqual([0n, 5n]);
    expect(split(7n, 0n, 0n)).toEqual([7n, 0n]);
  });
});

describe('currencies', () => {
  it('are known by their ISO 4217 code in either case, and no other word is one', () => {
    expect(currency('EUR')._unsafeUnwrap()).toBe('eur');
    for (const word of ['', 'us', 'usdx', 'xxx', 'dem', ' usd'])
      expect(currency(word)._unsafeUnwrapErr()).toEqual({ kind: 'unknown_currency' });
  });

  it('have as many minor units as ISO 4217 says', () => {
    expect(['usd', 'jpy', 'kwd', 'mga'].map((text) => minorPerMajor(code(text)))).toEqual([
      100n,
      1n,
      1_000n,
      100n,
    ]);
    expect(['usd', 'jpy', 'kwd'].map((text) => microsPerMinor(code(text)))).toEqual([
      10_000n,
      1_000_000n,
      1_000n,
    ]);
  });
});

describe('a price', () => {
  it('is read digit by digit', () => {
    expect(
      ['0', '7', '0.000667', '0.1', '12.5', '999999999.999999'].map((text) => microsOf(text)._unsafeUnwrap()),
    ).toEqual([0n, 7_000_000n, 667n, 100_000n, 12_500_000n, 999_999_999_999_999n]);
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n - 1n), (micros) => {
        const text = `${micros / 1_000_000n}.${String(micros % 1_000_000n).padStart(6, '0')}`;
        expect(microsOf(text)._unsafeUnwrap()).toBe(micros);
      }),
    );
  });

  it('is nothing else than a decimal number of micro-units', () => {
    for (const text of ['', '-1', '+1', '1.', '.5', '1,5', '1e3', '0.0000001', '1234567890', ' 1', '1 ', '٣'])
      expect([text, microsOf(text)._unsafeUnwrapErr().kind]).toEqual([text, 'invalid_price']);
  });

  it('shows in whole minor units what is near one', () => {
    expect([70_000n, 667n, 5_000n].map((micros) => inMinorUnits({ micros, currency: usd }))).toEqual([
      7n,
      0n,
      1n,
    ]);
  });
});
