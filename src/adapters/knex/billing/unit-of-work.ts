import type { Knex } from 'knex';
import type { BillingUnitOfWork } from '../../../ports/billing/unit-of-work.js';
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
    customers: knexCustomers(trx),
    subscriptions: knexSubscriptions(trx),
    intents: knexIntents(trx),
    reportedUsage: knexReportedUsage(trx),
    inboundEvents: knexInboundEvents(trx),
  }));
