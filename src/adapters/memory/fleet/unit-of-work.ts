import type { FleetUnitOfWork } from '../../../ports/fleet/unit-of-work.js';
import type { MemoryStore } from '../kit/store.js';
import { memoryUnitOfWork } from '../kit/unit-of-work.js';
import { memorySharedTx, type SharedDeps } from '../shared/shared-tx.js';
import { memoryFileSystems } from './file-systems.js';
import { memoryGateways } from './gateways.js';
import { memoryIntervals } from './intervals.js';
import { memoryMounts } from './mounts.js';

/** The fleet's units of work on a memory store. */
export const memoryFleet = (store: MemoryStore, deps: SharedDeps): FleetUnitOfWork =>
  memoryUnitOfWork(store, (tx) => ({
    ...memorySharedTx(tx, deps),
    fileSystems: memoryFileSystems(tx),
    gateways: memoryGateways(tx),
    intervals: memoryIntervals(tx, deps.ids),
    mounts: memoryMounts(tx),
  }));
