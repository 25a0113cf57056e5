import type { Knex } from 'knex';
import type { StorageUnitOfWork } from '../../../ports/storage/unit-of-work.js';
import { knexUnitOfWork } from '../kit/unit-of-work.js';
import { knexSharedTx, type SharedDeps } from '../shared/shared-tx.js';
import { knexBuckets } from './buckets.js';
import { knexConnections } from './connections.js';
import { knexLinkEpochs } from './links.js';

/** The storage context's units of work on PostgreSQL. */
export const knexStorage = (db: Knex, deps: SharedDeps): StorageUnitOfWork =>
  knexUnitOfWork(db, (trx) => ({
    ...knexSharedTx(trx, deps),
    buckets: knexBuckets(trx),
    connections: knexConnections(trx),
    linkEpochs: knexLinkEpochs(trx),
  }));
