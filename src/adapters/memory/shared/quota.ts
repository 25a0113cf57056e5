import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { QuotaExceeded, QuotaFeature, SharedTx } from '../../../ports/shared/shared-tx.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf, type QuotaRow, TABLES } from './rows.js';

/** What an account may have of each feature unless its own row says otherwise. */
export type Quotas = Readonly<Record<QuotaFeature, number>>;

export const memoryQuota = (tx: MemoryTx, quotas: Quotas): SharedTx['quota'] => {
  const rows = tx.table<QuotaRow>(TABLES.quota);
  return {
    take: (account, feature, n) => {
      const id = idOf(account, feature);
      return rows.get(id).andThen((row): ResultAsync<void, QuotaExceeded> => {
        const limit = row?.limitOverride ?? quotas[feature];
        const used = (row?.used ?? 0) + n;
        return used > limit
          ? errAsync({ kind: 'quota_exceeded', feature, limit })
          : rows.put(id, { ...row, used });
      });
    },
    release: (account, feature, n) => {
      const id = idOf(account, feature);
      return rows
        .get(id)
        .andThen((row) =>
          row === undefined ? okAsync(undefined) : rows.put(id, { ...row, used: Math.max(row.used - n, 0) }),
        );
    },
  };
};
