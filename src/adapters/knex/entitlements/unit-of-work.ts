import type { Knex } from 'knex';
import type { EntitlementsUnitOfWork } from '../../../ports/entitlements/unit-of-work.js';
import { knexUnitOfWork } from '../kit/unit-of-work.js';
import { knexSharedTx, type SharedDeps } from '../shared/shared-tx.js';
import { knexFacts } from './facts.js';
import { knexFeatures } from './features.js';
import { knexOverrides } from './overrides.js';
import { knexPlanFeatures } from './plan-features.js';
import { knexUsage } from './usage.js';

/** The units of work of entitlements on PostgreSQL. */
export const knexEntitlements = (db: Knex, deps: SharedDeps): EntitlementsUnitOfWork =>
  knexUnitOfWork(db, (trx) => ({
    ...knexSharedTx(trx, deps),
    features: knexFeatures(trx),
    planFeatures: knexPlanFeatures(trx),
    overrides: knexOverrides(trx),
    usage: knexUsage(trx),
    facts: knexFacts(trx),
  }));
