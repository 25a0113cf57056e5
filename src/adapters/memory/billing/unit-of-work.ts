import type { BillingUnitOfWork } from '../../../ports/billing/unit-of-work.js';
import type { MemoryStore } from '../kit/store.js';
import { memoryUnitOfWork } from '../kit/unit-of-work.js';
import { memorySharedTx, type SharedDeps } from '../shared/shared-tx.js';
import { memoryCustomers } from './customers.js';
import { memoryClosing } from './inbound-events.js';
import { memoryIntents } from './intents.js';
import { memoryPlans } from './plans.js';
import { memoryReportedUsage } from './reported-usage.js';
import { memorySubscriptions } from './subscriptions.js';

/** Billing's units of work on a memory store. */
export const memoryBilling = (store: MemoryStore, deps: SharedDeps): BillingUnitOfWork =>
  memoryUnitOfWork(store, (tx) => ({
    ...memorySharedTx(tx, deps),
    plans: memoryPlans(tx),
    customers: memoryCustomers(tx),
    subscriptions: memorySubscriptions(tx),
    intents: memoryIntents(tx),
    reportedUsage: memoryReportedUsage(tx),
    inboundEvents: memoryClosing(tx),
  }));
