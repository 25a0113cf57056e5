import * as z from 'zod';
import type { Currency } from '../../../domain/billing/currency.js';
import type { Money } from '../../../domain/billing/money.js';

/** This contract knows no other. */
const USD = 'usd' as Currency;
/** 36 months of it are still an amount that a payment processor takes at once. */
const MOST = 27_777.77;
/** A number that was read exactly is written in its shortest form, which has no more digits than it was sent with. */
const DOLLARS = /^(\d+)(?:\.(\d{1,2}))?$/;

const centsIn = (value: number): bigint | undefined => {
  const [, whole, fraction = ''] = DOLLARS.exec(String(value)) ?? [];
  return whole === undefined ? undefined : BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
};

/** An amount as a JSON number: its decimal digits are moved, it is never calculated with. */
export const Dollars = z
  .number()
  .min(0)
  .max(MOST)
  .transform((value, context): Money => {
    const amount = centsIn(value);
    if (amount !== undefined) return { amount, currency: USD };
    context.addIssue({ code: 'custom', message: 'must have at most 2 decimals' });
    return z.NEVER;
  });

/** The JSON number whose digits are those of the amount. */
export const dollarsOf = ({ amount }: Money): number =>
  Number(`${amount / 100n}.${String(amount % 100n).padStart(2, '0')}`);
