import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { Plan } from '../../../domain/billing/plan.js';
import type { SellerId } from '../../../domain/billing/seller.js';
import { isLive, type Subscription } from '../../../domain/billing/subscription.js';
import type { BillingReaders } from '../../../ports/billing/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { keyset } from '../kit/keyset.js';
import type { MemoryStore } from '../kit/store.js';
import { unreported } from './reported-usage.js';
import { holderOf, newestFirst, ofSeller, TABLES } from './rows.js';
import { memoryStandings } from './standings.js';

const idOf = ({ id }: { readonly id: string }): string => id;

const orNotFound = <T>(value: T | undefined): ResultAsync<T, NotFound> =>
  value === undefined ? errAsync(NOT_FOUND) : okAsync(value);

/** Committed rows of billing. */
export const memoryBillingReaders = (store: MemoryStore): BillingReaders => {
  const allPlans = store.read<Plan>(TABLES.plans);
  const allCustomers = store.read<Customer>(TABLES.customers);
  const customers = (seller: SellerId, isMeant: (row: Customer) => boolean) =>
    allCustomers.all().map((rows) => rows.filter((row) => row.sellerId === seller && isMeant(row)));
  const plans = (seller: SellerId, isMeant: (row: Plan) => boolean) =>
    allPlans.all().map((rows) => rows.filter((row) => row.sellerId === seller && isMeant(row)));
  const subscriptionsOf = (seller: SellerId, customerId: string) =>
    store
      .read<Subscription>(TABLES.subscriptions)
      .all()
      .map((rows) =>
        rows.filter((row) => row.sellerId === seller && row.customerId === customerId).sort(newestFirst),
      );
  return {
    ...memoryStandings(store),
    plan: (seller, id) => allPlans.get(id).andThen((row) => orNotFound(ofSeller(seller, row))),
    planByNumber: (seller, catalogue, number) =>
      plans(seller, (row) => row.catalogue === catalogue && row.number === number).andThen(([row]) =>
        orNotFound(row),
      ),
    plansOf: (seller, catalogue, page) =>
      plans(seller, (row) => row.catalogue === catalogue).map((rows) => keyset(rows, page, idOf)),
    price: (seller, by) => allPlans.all().map((rows) => holderOf(rows, seller, by)),
    customer: (seller, id) => allCustomers.get(id).andThen((row) => orNotFound(ofSeller(seller, row))),
    customerOf: (seller, payer) => customers(seller, (row) => row.payer === payer).map(([row]) => row),
    subscriptionOf: (seller, customerId) =>
      subscriptionsOf(seller, customerId).map((rows) => rows.find(isLive) ?? rows[0]),
    subscriptionsOf,
    customersAt: (seller, page) =>
      customers(seller, ({ processorId }) => processorId !== undefined).map((rows) =>
        keyset(rows, page, idOf),
      ),
    unreported: (seller, limit, since) => unreported(store, seller, limit, since),
  };
};
