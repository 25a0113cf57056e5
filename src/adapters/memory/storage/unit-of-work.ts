import type { StorageUnitOfWork } from '../../../ports/storage/unit-of-work.js';
import type { MemoryStore } from '../kit/store.js';
import { memoryUnitOfWork } from '../kit/unit-of-work.js';
import { memorySharedTx, type SharedDeps } from '../shared/shared-tx.js';
import { memoryBuckets } from './buckets.js';
import { memoryConnections } from './connections.js';
import { memoryLinkEpochs } from './links.js';

/** The storage context's units of work on a memory store. */
export const memoryStorage = (store: MemoryStore, deps: SharedDeps): StorageUnitOfWork =>
  memoryUnitOfWork(store, (tx) => ({
    ...memorySharedTx(tx, deps),
    buckets: memoryBuckets(tx),
    connections: memoryConnections(tx),
    linkEpochs: memoryLinkEpochs(tx),
  }));
