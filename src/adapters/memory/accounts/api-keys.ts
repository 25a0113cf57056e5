import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
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
    add: (key, hash) => rows.put(key.id, { ...key, hash }),
    get: (user, id) => own(user, id).map(apiKeyOf),
    revoke: (user, id, at) => own(user, id).andThen((row) => rows.put(id, { ...row, revokedAt: at })),
  };
};
