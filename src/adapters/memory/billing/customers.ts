import { errAsync, okAsync } from 'neverthrow';
import type { Customer } from '../../../domain/billing/customer.js';
import type { Customers } from '../../../ports/billing/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf } from '../shared/rows.js';
import { ofSeller, TABLES } from './rows.js';

/** Customers on one unit. */
export const memoryCustomers = (tx: MemoryTx): Customers => {
  const rows = tx.table<Customer>(TABLES.customers);
  return {
    ensure: (customer) =>
      tx
        .claimUnique('customers.payer', idOf(customer.payer, customer.sellerId), customer.id)
        .andThen(() => rows.all())
        .andThen((all) => {
          const there = all.find(
            ({ sellerId, payer }) => sellerId === customer.sellerId && payer === customer.payer,
          );
          return there === undefined ? rows.put(customer.id, customer).map(() => customer) : okAsync(there);
        }),
    bind: ({ sellerId, id }, processorId) =>
      rows.get(id).andThen((row) => {
        const customer = ofSeller(sellerId, row);
        if (customer === undefined) return errAsync<Customer, NotFound>(NOT_FOUND);
        if (customer.processorId !== undefined) return okAsync(customer);
        const bound = { ...customer, processorId, version: customer.version + 1 };
        return tx
          .claimUnique('customers.processor_id', idOf(sellerId, processorId), id)
          .andThen((free) => {
            if (!free) throw new Error(`${processorId} is another customer already`);
            return rows.put(id, bound);
          })
          .map(() => bound);
      }),
  };
};
