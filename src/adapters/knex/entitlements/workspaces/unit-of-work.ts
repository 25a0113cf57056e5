import type { Knex } from 'knex';
import type { WorkspacesUnitOfWork } from '../../../../ports/entitlements/workspaces.js';
import { query } from '../../kit/query.js';
import { knexUnitOfWork } from '../../kit/unit-of-work.js';
import { knexSharedTx, type SharedDeps } from '../../shared/shared-tx.js';
import { knexFacts } from '../facts.js';
import { knexDrafts } from './drafts.js';
import { knexPacks } from './packs.js';
import { knexReviews } from './reviews.js';
import { knexTruth } from './truth.js';

/** The units of work of workspaces on PostgreSQL. */
export const knexWorkspaces = (db: Knex, deps: SharedDeps): WorkspacesUnitOfWork =>
  knexUnitOfWork(db, (trx) => ({
    ...knexSharedTx(trx, deps),
    truth: knexTruth(trx),
    drafts: knexDrafts(trx),
    reviews: knexReviews(trx),
    packs: knexPacks(trx),
    enter: (sessionId, account) =>
      query(() => trx('sessions').where({ id: sessionId }).update({ workspace_id: account })).map(
        () => undefined,
      ),
    facts: knexFacts(trx),
  }));
