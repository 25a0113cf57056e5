import type { Cycle, PriceRecord, ProductRecord, Seconds } from '../records.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Currencies that have no smaller unit. */
const WHOLE = new Set([
  'bif',
  'clp',
  'djf',
  'gnf',
  'jpy',
  'kmf',
  'krw',
  'mga',
  'pyg',
  'rwf',
  'ugx',
  'vnd',
  'vuv',
  'xaf',
  'xof',
  'xpf',
]);

/** `19.99 USD`: minor units are split as text, never divided. */
export const moneyText = (amount: number, currency: string): string => {
  const sign = amount < 0 ? '-' : '';
  const digits = String(Math.abs(amount));
  if (WHOLE.has(currency)) return `${sign}${digits} ${currency.toUpperCase()}`;
  const padded = digits.padStart(3, '0');
  return `${sign}${padded.slice(0, -2)}.${padded.slice(-2)} ${currency.toUpperCase()}`;
};

/** `16 Jun 2024`. */
export const dayText = (at: Seconds): string => {
  const date = new Date(at * 1_000);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
};

/** `month`, `3 months`. */
export const cycleText = ({ interval, count }: Cycle): string =>
  count === 1 ? interval : `${count} ${interval}s`;

/** `Pro (at 100.00 USD / month)`. */
export const priceText = (product: ProductRecord, price: PriceRecord): string =>
  `${product.name} (at ${moneyText(price.unitAmount, price.currency)}${
    price.cycle ? ` / ${cycleText(price.cycle)}` : ''
  })`;
