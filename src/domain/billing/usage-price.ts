import type { Every } from './calendar.js';

/** What a price by usage has in common with the plan's beside it. */
export type UsageTerms = { readonly currency: string; readonly every: Every };

const PREFIX = 'tollhouse_usage/';
const KEY = /^tollhouse_usage\/([a-z]{3})\/(\d{1,4})(day|week|month|year)$/;

/** What the price by usage goes by at a processor: there is one for each currency and rhythm. */
export const usageKey = ({ currency, every }: UsageTerms): string =>
  `${PREFIX}${currency}/${every.count}${every.interval}`;

/** Whether a price that goes by this name is one of those. */
export const isUsageKey = (key: string | null | undefined): boolean => key?.startsWith(PREFIX) ?? false;

/** The terms that such a name says. */
export const usageTermsIn = (key: string | undefined): UsageTerms | undefined => {
  const [, currency, count, interval] = KEY.exec(key ?? '') ?? [];
  return currency === undefined
    ? undefined
    : { currency, every: { interval: interval as Every['interval'], count: Number(count) } };
};

/**
 * The name of the price by usage that goes with a plan's. What is used is priced in one currency: a plan in another
 * has none beside it, for a cent of the one is never charged as a cent of the other.
 */
export const usageBeside = (
  { currency, every }: { readonly currency: string; readonly every: Every | undefined },
  used: string,
): string | undefined =>
  every === undefined || currency !== used ? undefined : usageKey({ currency, every });
