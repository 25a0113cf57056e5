import { knexInboundEvents } from '../../../src/adapters/knex/billing/inbound-events.js';
import { knexBillingReaders } from '../../../src/adapters/knex/billing/readers.js';
import { memoryInboundEvents } from '../../../src/adapters/memory/billing/inbound-events.js';
import { memoryBillingReaders } from '../../../src/adapters/memory/billing/readers.js';
import { memoryStore } from '../../../src/adapters/memory/kit/store.js';
import { type AuditRow, TABLES } from '../../../src/adapters/memory/shared/rows.js';
import type { Customer } from '../../../src/domain/billing/customer.js';
import type { Plan } from '../../../src/domain/billing/plan.js';
import type { SellerId } from '../../../src/domain/billing/seller.js';
import type { Subscription } from '../../../src/domain/billing/subscription.js';
import type { AccountId } from '../../../src/domain/shared/ids.js';
import type { InboundEvents } from '../../../src/ports/billing/inbound-events.js';
import type { BillingReaders } from '../../../src/ports/billing/unit-of-work.js';
import { newId } from '../../support/accounts.js';
import { aCustomer, aPlan, aSubscription } from '../../support/billing.js';
import type { TestDatabase } from '../../support/postgres.js';
import { type AccountsRig, knexAccountsRigs, memoryAccountsRig, settling, value } from './accounts.rig.js';

/** The ports over billing on one technology, beside those over the accounts that pay. */
export type BillingRig = AccountsRig & {
  readonly billingReaders: BillingReaders;
  readonly inbound: InboundEvents;
  /** What the audit says was done to something, oldest first. */
  readonly audited: (target: string) => Promise<readonly string[]>;
  /** Somebody else who sells. */
  readonly seller: () => Promise<SellerId>;
};

export const memoryBillingRig = async (): Promise<BillingRig> => {
  const store = memoryStore();
  return {
    ...(await memoryAccountsRig(store)),
    billingReaders: memoryBillingReaders(store),
    inbound: memoryInboundEvents(store),
    audited: async (target) =>
      (await value(store.read<AuditRow>(TABLES.audit).all()))
        .filter((entry) => entry.target === target)
        .map(({ action }) => action),
    seller: async () => newId() as SellerId,
  };
};

/** Opens rigs on databases of their own, and closes them all. */
export const knexBillingRigs = () => {
  const rigs = knexAccountsRigs();
  return {
    open: async (): Promise<BillingRig & TestDatabase> => {
      const rig = await rigs.open();
      return {
        ...rig,
        billingReaders: knexBillingReaders(rig.db),
        inbound: knexInboundEvents(rig.db),
        audited: async (target) =>
          (await rig.db('audit_log').where({ target }).orderBy('id')).map(({ action }) => action),
        seller: async () => {
          const id = newId() as SellerId;
          await rig.db('sellers').insert({ id, name: 'somebody else' });
          return id;
        },
      };
    },
    close: rigs.close,
  };
};

/** Puts payers, plans, customers and subscriptions there, each in a unit of its own. */
export const billingOf = (rig: BillingRig) => {
  const payer = async (): Promise<AccountId> => (await settling(rig).owner()).account.id;
  return {
    payer,
    plan: (over: Partial<Plan> = {}): Promise<Plan> =>
      value(rig.billing.run((tx) => tx.plans.add(aPlan(over)))),
    customer: async (over: Partial<Customer> = {}): Promise<Customer> => {
      const customer = aCustomer(over.payer ?? (await payer()), over);
      return value(rig.billing.run((tx) => tx.customers.ensure(customer)));
    },
    subscription: (customer: Customer, over: Partial<Subscription> = {}): Promise<Subscription> =>
      value(rig.billing.run((tx) => tx.subscriptions.add(aSubscription(customer, over)))),
  };
};
