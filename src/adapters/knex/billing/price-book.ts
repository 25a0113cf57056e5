import type { Knex } from 'knex';
import { okAsync } from 'neverthrow';
import * as z from 'zod';
import type { Currency } from '../../../domain/billing/currency.js';
import { nextVersion, type PriceItem, type PriceVersion } from '../../../domain/billing/price-book.js';
import { iso } from '../../../domain/shared/time.js';
import type { PriceBook } from '../../../ports/billing/price-book.js';
import { query } from '../kit/query.js';
import { timestamptz } from '../kit/rows.js';
import { transaction } from '../kit/transaction.js';

const Row = z.object({
  item: z.enum(['storage']),
  valid_from: timestamptz,
  micros: z.bigint(),
  currency: z.string().transform((code) => code as Currency),
});

const fromRow = (row: unknown): PriceVersion => {
  const { item, valid_from: validFrom, micros, currency } = Row.parse(row);
  return { item, price: { micros, currency }, validFrom };
};

const versionsOf = (db: Knex, item: PriceItem) =>
  query(() => db('price_versions').where({ item }).orderBy('valid_from')).map((rows: unknown[]) =>
    rows.map(fromRow),
  );

/** The price book of this deployment. */
export const knexPriceBook = (db: Knex): PriceBook => ({
  versions: (item) => versionsOf(db, item),
  extend: (item, price, at) =>
    transaction(db, (trx) =>
      // Before the first look, so that the snapshot has what whoever held it has added.
      query(() => trx.raw('lock table price_versions in share row exclusive mode'))
        .andThen(() => versionsOf(trx, item))
        .andThen((versions) => nextVersion(versions.at(-1), item, price, at))
        .andThen((next) =>
          next === undefined
            ? okAsync(undefined)
            : query(() =>
                trx('price_versions').insert({
                  item,
                  valid_from: iso(next.validFrom),
                  micros: next.price.micros,
                  currency: next.price.currency,
                }),
              ).map(() => undefined),
        ),
    ),
});
