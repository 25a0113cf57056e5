import { minorPerMajor } from '../../../../domain/billing/currency.js';
import type { Money } from '../../../../domain/billing/money.js';
import { type Instant, iso } from '../../../../domain/shared/time.js';
import { type Html, html } from '../../kit/html.js';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes as a person reads them, with three digits or so. */
export const size = (bytes: number): string => {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  if (power === 0) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const value = bytes / 1024 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[power]}`;
};

/** A moment to the minute, in UTC. */
export const time = (at: Instant): Html => {
  const text = iso(at);
  return html`<time datetime="${text}">${text.slice(0, 10)} ${text.slice(11, 16)} UTC</time>`;
};

/** The day of a moment, in UTC. */
export const day = (at: Instant): Html => {
  const text = iso(at);
  return html`<time datetime="${text}">${text.slice(0, 10)}</time>`;
};

/** A whole number of the smallest parts as a decimal number, digit by digit: no float comes near it. */
export const decimal = (amount: bigint, places: number): string => {
  const digits = String(amount < 0n ? -amount : amount).padStart(places + 1, '0');
  const point = digits.length - places;
  const fraction = places === 0 ? '' : `.${digits.slice(point)}`;
  return `${amount < 0n ? '-' : ''}${digits.slice(0, point)}${fraction}`;
};

/** The same without zeros at its end: `0.25`, `3`. */
export const shortDecimal = (amount: bigint, places: number): string => {
  const text = decimal(amount, places);
  return places === 0 ? text : text.replace(/\.?0+$/, '');
};

/** An amount in its currency's major units: `12.34`. */
export const amountOf = ({ amount, currency }: Money): string =>
  decimal(amount, String(minorPerMajor(currency)).length - 1);

/** The same as people read it, with its currency: `1,234.56 USD`. */
export const money = (value: Money): string => {
  const [whole = '', fraction] = amountOf(value).split('.');
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
  return `${grouped}${fraction === undefined ? '' : `.${fraction}`} ${value.currency.toUpperCase()}`;
};
