import { err, ok, type Result } from 'neverthrow';
import { type Instant, plus } from '../shared/time.js';
import type { Currency } from './currency.js';
import type { Price } from './price.js';

/** What has a price of its own in the book. File systems carry theirs in each interval they run. */
export type PriceItem = 'storage';

/** A price from a moment on, until the next version. */
export type PriceVersion = { readonly item: PriceItem; readonly price: Price; readonly validFrom: Instant };

/** A deployment has one currency: amounts in two cannot be summed to a report. */
export type OtherCurrency = { readonly kind: 'other_currency'; readonly currency: Currency };

/**
 * The version to append so that `price` holds from `at` on; undefined when it holds already. Clocks of processes
 * differ: a version never begins before the one it follows has begun.
 */
export const nextVersion = (
  latest: PriceVersion | undefined,
  item: PriceItem,
  price: Price,
  at: Instant,
): Result<PriceVersion | undefined, OtherCurrency> => {
  if (latest === undefined) return ok({ item, price, validFrom: at });
  const { currency, micros } = latest.price;
  if (currency !== price.currency) return err({ kind: 'other_currency', currency });
  if (micros === price.micros) return ok(undefined);
  return ok({ item, price, validFrom: at > latest.validFrom ? at : plus(latest.validFrom, 1) });
};

/** What a unit costs at a moment, in micro-units; nothing before the book begins. Versions come oldest first. */
export const microsAt = (versions: readonly PriceVersion[], at: Instant): bigint =>
  versions.findLast(({ validFrom }) => validFrom <= at)?.price.micros ?? 0n;
