import { okAsync } from 'neverthrow';
import { nextVersion, type PriceVersion } from '../../../domain/billing/price-book.js';
import type { PriceBook } from '../../../ports/billing/price-book.js';
import type { MemoryStore } from '../kit/store.js';
import { idOf } from '../shared/rows.js';

const TABLE = 'price_versions';
/** Whoever adds a version moves the one before: of two at once, the second looks again. */
const HEAD = 'price_versions.head';

const oldestFirst = (rows: readonly PriceVersion[]): readonly PriceVersion[] =>
  [...rows].sort((a, b) => a.validFrom - b.validFrom);

/** The price book of this deployment. */
export const memoryPriceBook = (store: MemoryStore): PriceBook => ({
  versions: (item) =>
    store
      .read<PriceVersion>(TABLE)
      .all()
      .map((rows) => oldestFirst(rows.filter((row) => row.item === item))),
  extend: (item, price, at) =>
    store.run((tx) => {
      const versions = tx.table<PriceVersion>(TABLE);
      return versions
        .all()
        .map((rows) => oldestFirst(rows.filter((row) => row.item === item)).at(-1))
        .andThen((latest) => nextVersion(latest, item, price, at))
        .andThen((next) =>
          next === undefined
            ? okAsync(undefined)
            : tx
                .table<PriceVersion>(HEAD)
                .put(item, next)
                .andThen(() => versions.put(idOf(item, next.validFrom), next)),
        );
    }),
});
