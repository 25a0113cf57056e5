import * as z from 'zod';
import { type Network, network } from '../adapters/kit/network.js';

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
