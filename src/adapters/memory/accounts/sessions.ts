import { okAsync, type ResultAsync } from 'neverthrow';
import type { Instant } from '../../../domain/shared/time.js';
import type { Sessions } from '../../../ports/accounts/unit-of-work.js';
import type { MemoryTx } from '../kit/store.js';
import { type SessionRow, TABLES } from './rows.js';

/** Sessions on one unit; the first revocation is the one that counts. */
export const memorySessions = (tx: MemoryTx): Sessions => {
  const rows = tx.table<SessionRow>(TABLES.sessions);
  const revoke = (which: (session: SessionRow) => boolean, at: Instant): ResultAsync<void, never> =>
    rows
      .all()
      .andThen((all) =>
        all
          .filter((session) => session.revokedAt === undefined && which(session))
          .reduce(
            (revoked, session) => revoked.andThen(() => rows.put(session.id, { ...session, revokedAt: at })),
            okAsync<void, never>(undefined),
          ),
      );
  return {
    add: (session) => rows.put(session.id, session),
    revoke: (id, at) => revoke((session) => session.id === id, at),
    revokeAll: (user, at, except) =>
      revoke((session) => session.userId === user && session.id !== except, at),
  };
};
