import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountOf, decimal, money, shortDecimal } from '../../../../../src/adapters/http/pages/kit/format.js';
import { currency } from '../../../../../src/domain/billing/currency.js';

const of = (amount: bigint, code: string) => ({ amount, currency: currency(code)._unsafeUnwrap() });

describe('money on a page', () => {
  it.each([
    [0n, 'usd', '0.00 USD'],
    [5n, 'usd', '0.05 USD'],
    [123_456n, 'eur', '1,234.56 EUR'],
    [100_000_000n, 'usd', '1,000,000.00 USD'],
    [1_234n, 'jpy', '1,234 JPY'],
    [1_234_567n, 'bhd', '1,234.567 BHD'],
    [-5n, 'usd', '-0.05 USD'],
    [-123_456n, 'usd', '-1,234.56 USD'],
    [9_007_199_254_740_993n, 'usd', '90,071,992,547,409.93 USD'],
  ])('writes %s minor units of %s as %s', (amount, code, text) => {
    expect(money(of(amount, code))).toBe(text);
  });

  it('loses nothing: its digits are the amount again, however large that is', () => {
    const property = fc.property(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.constantFrom('usd', 'jpy', 'bhd'),
      (amount, code) => {
        const digits = amountOf(of(amount, code)).replace('.', '');
        expect(BigInt(digits.replace('-', '')) * (digits.startsWith('-') ? -1n : 1n)).toBe(amount);
      },
    );
    fc.assert(property);
  });

  it('writes quantities without zeros that say nothing', () => {
    expect(['10000', '12500', '5', '0', '100000'].map((n) => shortDecimal(BigInt(n), 4))).toEqual([
      '1',
      '1.25',
      '0.0005',
      '0',
      '10',
    ]);
    expect([decimal(667n, 6), shortDecimal(100n, 0)]).toEqual(['0.000667', '100']);
  });
});
