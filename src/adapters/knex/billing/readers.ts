import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { SellerId } from '../../../domain/billing/seller.js';
import { pageOf } from '../../../domain/shared/page.js';
import type { BillingReaders } from '../../../ports/billing/unit-of-work.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../../ports/shared/failure.js';
import { keyset } from '../kit/keyset.js';
import { query } from '../kit/query.js';
import { customerOf, customersIn } from './customers.js';
import { planPage } from './plan-page.js';
import { plansOf, plansWithPrices } from './plan-rows.js';
import { planBy } from './plans.js';
import { unreported } from './reported-usage.js';
import { knexStandings } from './standings.js';
import { living, subscriptionOf, subscriptionsIn } from './subscriptions.js';

const idOf = ({ id }: { readonly id: string }): string => id;

const customerBy = (
  db: Knex,
  seller: SellerId,
  by: Readonly<Record<string, string>>,
): ResultAsync<Customer | undefined, Unavailable> =>
  query(() => customersIn(db, seller).where(by).first()).map((row) =>
    row === undefined ? undefined : customerOf(row),
  );

const NEWEST_FIRST = [
  { column: 'started_at', order: 'desc' },
  { column: 'id', order: 'desc' },
] as const;

/** The live one before the one that began last: each is the first row of an index. */
const standing = (db: Knex, seller: SellerId, customerId: string): Knex.QueryBuilder => {
  const all = () => subscriptionsIn(db, seller).where({ customer_id: customerId });
  const ranked = (subscriptions: Knex.QueryBuilder, rank: number) =>
    subscriptions.select('*', db.raw('? as rank', [rank])).limit(1);
  const both = [ranked(living(all()), 1), ranked(all().orderBy([...NEWEST_FIRST]), 2)];
  return db.from(db.unionAll(both, true).as('s')).orderBy('rank').first();
};

/** Committed rows of billing. */
export const knexBillingReaders = (db: Knex): BillingReaders => ({
  ...knexStandings(db),
  plan: (seller, id) => planBy(db, seller, { id }),
  planByNumber: (seller, catalogue, number) => planBy(db, seller, { catalogue, number }),
  plansOf: (seller, catalogue, page) => planPage(db, seller, catalogue, page),
  price: (seller, by) => {
    const column = 'id' in by ? { id: by.id } : { processor_id: by.processorId };
    const holder = db('plan_prices')
      .where({ seller_id: seller, ...column })
      .select('plan_id');
    return query(() => plansWithPrices(db, db('plans').where({ seller_id: seller }).where('id', holder))).map(
      (rows) => {
        const [plan] = plansOf(rows);
        const price = plan?.prices.find(({ id, processorId }) =>
          'id' in by ? id === by.id : processorId === by.processorId,
        );
        return plan && price && { plan, price };
      },
    );
  },
  customer: (seller, id) =>
    customerBy(db, seller, { id }).andThen((customer) =>
      customer === undefined ? errAsync<Customer, NotFound>(NOT_FOUND) : okAsync(customer),
    ),
  customerOf: (seller, payer) => customerBy(db, seller, { payer_account_id: payer }),
  subscriptionOf: (seller, customerId) =>
    query(() => standing(db, seller, customerId)).map((row) =>
      row === undefined ? undefined : subscriptionOf(row),
    ),
  subscriptionsOf: (seller, customerId) =>
    query(() =>
      subscriptionsIn(db, seller)
        .where({ customer_id: customerId })
        .orderBy([...NEWEST_FIRST]),
    ).map((rows: unknown[]) => rows.map(subscriptionOf)),
  customersAt: (seller, page) =>
    query(() => customersIn(db, seller).whereNotNull('processor_id').modify(keyset('id', page))).map(
      (rows: unknown[]) => pageOf(rows.map(customerOf), page.size, idOf),
    ),
  unreported: (seller, limit, since) => unreported(db, seller, limit, since),
});
