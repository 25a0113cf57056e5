import type { EntitlementsUnitOfWork } from '../../../ports/entitlements/unit-of-work.js';
import type { MemoryStore } from '../kit/store.js';
import { memoryUnitOfWork } from '../kit/unit-of-work.js';
import { memorySharedTx, type SharedDeps } from '../shared/shared-tx.js';
import { memoryFacts } from './facts.js';
import { memoryFeatures } from './features.js';
import { memoryOverrides } from './overrides.js';
import { memoryPlanFeatures } from './plan-features.js';
import { memoryUsage } from './usage.js';

/** The units of work of entitlements on a memory store. */
export const memoryEntitlements = (store: MemoryStore, deps: SharedDeps): EntitlementsUnitOfWork =>
  memoryUnitOfWork(store, (tx) => ({
    ...memorySharedTx(tx, deps),
    features: memoryFeatures(tx),
    planFeatures: memoryPlanFeatures(tx),
    overrides: memoryOverrides(tx),
    usage: memoryUsage(tx),
    facts: memoryFacts(tx),
  }));
