import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { OneTimeTokens } from '../../../ports/accounts/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { MemoryTx } from '../kit/store.js';
import { TABLES, type TokenRow } from './rows.js';

/** One-time tokens on one unit. A unit that rolls back has used none up. */
export const memoryOneTimeTokens = (tx: MemoryTx): OneTimeTokens => {
  const rows = tx.table<TokenRow>(TABLES.tokens);
  return {
    add: (token) => rows.put(token.hash, token),
    redeem: (hash, purpose, at) =>
      rows.get(hash).andThen((row): ResultAsync<string, NotFound> => {
        const open = row?.purpose === purpose && row.usedAt === undefined && row.expiresAt > at;
        return row && open
          ? rows.put(hash, { ...row, usedAt: at }).map(() => row.subjectId)
          : errAsync(NOT_FOUND);
      }),
    subjectOf: (hash, purpose) =>
      rows
        .get(hash)
        .andThen((row) =>
          row?.purpose === purpose ? okAsync(row.subjectId) : errAsync<string, NotFound>(NOT_FOUND),
        ),
    withdraw: (purpose, subjectId, at) =>
      rows
        .all()
        .andThen((all) =>
          all
            .filter(
              (row) => row.purpose === purpose && row.subjectId === subjectId && row.usedAt === undefined,
            )
            .reduce(
              (withdrawn, row) => withdrawn.andThen(() => rows.put(row.hash, { ...row, usedAt: at })),
              okAsync<void, never>(undefined),
            ),
        ),
  };
};
