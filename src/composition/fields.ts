import * as z from 'zod';
import { type Network, network } from '../adapters/kit/network.js';
import { currency } from '../domain/billing/currency.js';
import { microsOf } from '../domain/billing/price.js';

/** Kinds of settings, as they come in environment variables. */
export const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

export const httpUrl = z.url({ protocol: /^https?$/ }).transform((text) => text.replace(/\/+$/, ''));

export const networks = list.transform((items, context): readonly Network[] =>
  items.flatMap((item) => {
    const parsed = network(item);
    if (parsed) return [parsed];
    context.addIssue({ code: 'custom', message: `"${item}" is neither an address nor a network` });
    return [];
  }),
);

export const currencyCode = z.string().transform((code, context) =>
  currency(code).match(
    (known) => known,
    () => {
      context.addIssue({ code: 'custom', message: `"${code}" is not an ISO 4217 code` });
      return z.NEVER;
    },
  ),
);

/** A decimal number, as micro-units. */
export const price = z.string().transform((decimal, context) =>
  microsOf(decimal).match(
    (micros) => micros,
    ({ reason }) => {
      context.addIssue({ code: 'custom', message: reason });
      return z.NEVER;
    },
  ),
);
