import type { ResultAsync } from 'neverthrow';
import type { Price } from '../../domain/billing/price.js';
import type { OtherCurrency, PriceItem, PriceVersion } from '../../domain/billing/price-book.js';
import type { Instant } from '../../domain/shared/time.js';
import type { Unavailable } from '../shared/failure.js';

/** Prices by version. Versions are added and never changed: what was used is charged as it was priced then. */
export type PriceBook = {
  /** Oldest first. */
  readonly versions: (item: PriceItem) => ResultAsync<readonly PriceVersion[], Unavailable>;
  /** From `at` on the item costs this. One that costs it already gets no further version, however many ask at once. */
  readonly extend: (
    item: PriceItem,
    price: Price,
    at: Instant,
  ) => ResultAsync<void, OtherCurrency | Unavailable>;
};
