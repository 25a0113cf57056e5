import { err, ok, type Result } from 'neverthrow';
import { type Currency, minorPerMajor } from './currency.js';
import { halfUp } from './money.js';

/**
 * What one unit costs, in micro-units: millionths of the currency itself, so that a cent of a dollar is 10,000. Fine
 * enough for a gigabyte's hour; sums of usage are rounded to minor units, prices never.
 */
export type Price = { readonly micros: bigint; readonly currency: Currency };
export type InvalidPrice = { readonly kind: 'invalid_price'; readonly reason: string };

const MICROS_PER_MAJOR = 1_000_000n;
const DECIMAL = /^(\d{1,9})(?:\.(\d{1,6}))?$/;

/** Micro-units in one minor unit. */
export const microsPerMinor = (currency: Currency): bigint => MICROS_PER_MAJOR / minorPerMajor(currency);

/** `0.000667` as 667 micro-units: digit by digit, for no floating-point number holds it. */
export const microsOf = (decimal: string): Result<bigint, InvalidPrice> => {
  const [, whole, fraction = ''] = DECIMAL.exec(decimal) ?? [];
  return whole === undefined
    ? err({ kind: 'invalid_price', reason: 'must be a decimal number with at most 6 digits after the point' })
    : ok(BigInt(whole) * MICROS_PER_MAJOR + BigInt(fraction.padEnd(6, '0')));
};

/** The price in whole minor units, for those who want to read it: 0 for what costs less than half a cent. */
export const inMinorUnits = ({ micros, currency }: Price): bigint => halfUp(micros, microsPerMinor(currency));
