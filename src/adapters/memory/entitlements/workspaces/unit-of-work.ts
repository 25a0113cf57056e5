import { okAsync } from 'neverthrow';
import type { WorkspacesUnitOfWork } from '../../../../ports/entitlements/workspaces.js';
import { TABLES as ACCOUNTS } from '../../accounts/rows.js';
import { nextNumber } from '../../kit/sequence.js';
import type { MemoryStore } from '../../kit/store.js';
import { memoryUnitOfWork } from '../../kit/unit-of-work.js';
import { memorySharedTx, type SharedDeps } from '../../shared/shared-tx.js';
import { memoryFacts } from '../facts.js';
import { memoryDrafts } from './drafts.js';
import { memoryPacks } from './packs.js';
import { type PlacedSessionRow, type ReviewRow, TABLES } from './rows.js';
import { memoryTruth } from './truth.js';

/** The units of work of workspaces on a memory store. */
export const memoryWorkspaces = (store: MemoryStore, deps: SharedDeps): WorkspacesUnitOfWork =>
  memoryUnitOfWork(store, (tx) => {
    const sessions = tx.table<PlacedSessionRow>(ACCOUNTS.sessions);
    return {
      ...memorySharedTx(tx, deps),
      truth: memoryTruth(tx),
      drafts: memoryDrafts(tx),
      reviews: {
        add: (unnumbered) =>
          nextNumber(tx, TABLES.reviews).andThen((number) => {
            const review = { ...unnumbered, number };
            return tx
              .table<ReviewRow>(TABLES.reviews)
              .put(review.id, review)
              .map(() => review);
          }),
      },
      packs: memoryPacks(tx),
      enter: (sessionId, account) =>
        sessions
          .get(sessionId)
          .andThen((session) =>
            session === undefined
              ? okAsync(undefined)
              : sessions.put(sessionId, { ...session, workspaceId: account }),
          ),
      facts: memoryFacts(tx),
    };
  });
