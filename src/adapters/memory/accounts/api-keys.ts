import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { UserId } from '../../../domain/shared/ids.js';
import type { ApiKeys } from '../../../ports/accounts/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import type { MemoryTx } from '../kit/store.js';
import { type ApiKeyRow, apiKeyOf, TABLES } from './rows.js';

/** API keys on one unit; a revoked one is found by nobody. */
export const memoryApiKeys = (tx: MemoryTx): ApiKeys => {
  const rows = tx.table<ApiKeyRow>(TABLES.apiKeys);
  const own = (user: UserId, id: string): ResultAsync<ApiKeyRow, NotFound> =>
    rows
      .get(id)
      .andThen((row) =>
        row === undefined || row.userId !== user || row.revokedAt !== undefined
          ? errAsync<ApiKeyRow, NotFound>(NOT_FOUND)
          : okAsync(row),
      );
  return {
    add: (key, hash, countsIn) => rows.put(key.id, { ...key, hash, countedIn: countsIn }),
    get: (user, id) => own(user, id).map(apiKeyOf),
    revoke: (user, id, at) =>
      own(user, id).andThen(({ countedIn, ...row }) =>
        rows.put(id, { ...row, revokedAt: at }).map(() => countedIn),
      ),
    discount: (account, at) =>
      rows.all().andThen((all) => {
        const expired = all.filter(
          ({ countedIn, expiresAt }) => countedIn === account && expiresAt !== undefined && expiresAt <= at,
        );
        return ResultAsync.combine(expired.map(({ countedIn: _, ...row }) => rows.put(row.id, row))).map(
          () => expired.length,
        );
      }),
  };
};
