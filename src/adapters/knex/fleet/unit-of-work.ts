import type { Knex } from 'knex';
import type { FleetUnitOfWork } from '../../../ports/fleet/unit-of-work.js';
import { knexUnitOfWork } from '../kit/unit-of-work.js';
import { knexSharedTx, type SharedDeps } from '../shared/shared-tx.js';
import { knexFileSystems } from './file-systems.js';
import { knexGateways } from './gateways.js';
import { knexIntervals } from './intervals.js';
import { knexMounts } from './mounts.js';

/** The fleet's units of work on PostgreSQL. */
export const knexFleet = (db: Knex, deps: SharedDeps): FleetUnitOfWork =>
  knexUnitOfWork(db, (trx) => ({
    ...knexSharedTx(trx, deps),
    fileSystems: knexFileSystems(trx),
    gateways: knexGateways(trx),
    intervals: knexIntervals(trx, deps.ids),
    mounts: knexMounts(trx),
  }));
