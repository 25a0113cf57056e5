import type { Knex } from 'knex';
import type { BillingUnitOfWork } from '../../../ports/billing/unit-of-work.js';
import { planLimitsOn } from '../../kit/plan-limits.js';
import { featureBy } from '../entitlements/features.js';
import { knexPlanFeatures } from '../entitlements/plan-features.js';
import { knexUnitOfWork } from '../kit/unit-of-work.js';
import { knexSharedTx, type SharedDeps } from '../shared/shared-tx.js';
import { knexCustomers } from './customers.js';
import { knexInboundEvents } from './inbound-events.js';
import { knexIntents } from './intents.js';
import { knexPlans } from './plans.js';
import { knexReportedUsage } from './reported-usage.js';
import { knexSubscriptions } from './subscriptions.js';

/** Billing's units of work on PostgreSQL. */
export const knexBilling = (db: Knex, deps: SharedDeps): BillingUnitOfWork =>
  knexUnitOfWork(db, (trx) => ({
    ...knexSharedTx(trx, deps),
    plans: knexPlans(trx),
    planLimits: planLimitsOn({
      feature: (key) => featureBy(trx, { key }),
      planFeatures: knexPlanFeatures(trx),
    }),
    customers: knexCustomers(trx),
    subscriptions: knexSubscriptions(trx),
    intents: knexIntents(trx),
    reportedUsage: knexReportedUsage(trx),
    inboundEvents: knexInboundEvents(trx),
  }));
