import { err, ok } from 'neverthrow';
import type { BillingUnitOfWork } from '../../../ports/billing/unit-of-work.js';
import { NOT_FOUND } from '../../../ports/shared/failure.js';
import { planLimitsOn } from '../../kit/plan-limits.js';
import { memoryPlanFeatures } from '../entitlements/plan-features.js';
import { allFeatures } from '../entitlements/rows.js';
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
    planLimits: planLimitsOn({
      feature: (key) =>
        allFeatures(tx).andThen((all) => {
          const found = all.find((feature) => feature.key === key);
          return found === undefined ? err(NOT_FOUND) : ok(found);
        }),
      planFeatures: memoryPlanFeatures(tx),
    }),
    customers: memoryCustomers(tx),
    subscriptions: memorySubscriptions(tx),
    intents: memoryIntents(tx),
    reportedUsage: memoryReportedUsage(tx),
    inboundEvents: memoryClosing(tx),
  }));
