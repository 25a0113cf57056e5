import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import * as z from 'zod';
import type { Customer } from '../../../domain/billing/customer.js';
import type { SellerId } from '../../../domain/billing/seller.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { Customers } from '../../../ports/billing/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { query } from '../kit/query.js';
import { nullable, timestamptz } from '../kit/rows.js';

const Row = z.object({
  id: z.string(),
  version: z.number(),
  seller_id: z.string().transform((id) => id as SellerId),
  payer_account_id: z.string().transform((id) => id as AccountId),
  processor_id: nullable(z.string()),
  created_at: timestamptz,
});

export const CUSTOMER_COLUMNS = Object.keys(Row.shape);

/** A row of `customers` as the domain sees it. */
export const customerOf = (row: unknown): Customer => {
  const r = Row.parse(row);
  return {
    id: r.id,
    version: r.version,
    sellerId: r.seller_id,
    payer: r.payer_account_id,
    processorId: r.processor_id,
    createdAt: r.created_at,
  };
};

/** The customers of one seller. */
export const customersIn = (db: Knex, seller: SellerId): Knex.QueryBuilder =>
  db('customers').where({ seller_id: seller });

/** Customers on one transaction. */
export const knexCustomers = (trx: Knex): Customers => ({
  // One that somebody else has made since this unit began is a serialization conflict: the unit runs again.
  ensure: (customer) =>
    query(() =>
      trx('customers')
        .insert({
          id: customer.id,
          version: customer.version,
          seller_id: customer.sellerId,
          payer_account_id: customer.payer,
          processor_id: customer.processorId ?? null,
          created_at: iso(customer.createdAt),
        })
        .onConflict(['payer_account_id', 'seller_id'])
        .ignore(),
    )
      .andThen(() =>
        query(() => customersIn(trx, customer.sellerId).where({ payer_account_id: customer.payer }).first()),
      )
      .map(customerOf),
  bind: ({ sellerId, id }, processorId) =>
    query(() =>
      customersIn(trx, sellerId)
        .where({ id })
        .whereNull('processor_id')
        .update({ processor_id: processorId, version: trx.raw('version + 1') }),
    )
      .andThen(() => query(() => customersIn(trx, sellerId).where({ id }).first()))
      .andThen((row) =>
        row === undefined ? errAsync<Customer, NotFound>(NOT_FOUND) : okAsync(customerOf(row)),
      ),
});
