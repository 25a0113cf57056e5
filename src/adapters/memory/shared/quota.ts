import { okAsync } from 'neverthrow';
import type { SharedTx } from '../../../ports/shared/shared-tx.js';
import { type Limited, limitedTake } from '../../kit/limited.js';
import { factsIn } from '../entitlements/facts.js';
import { memoryUsage } from '../entitlements/usage.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf, type QuotaRow, TABLES } from './rows.js';

const count =
  (tx: MemoryTx): Limited['count'] =>
  ({ account, feature, amount }, ceiling) => {
    const rows = tx.table<QuotaRow>(TABLES.quota);
    const id = idOf(account, feature);
    return rows.get(id).andThen((row) => {
      const used = BigInt(row?.used ?? 0) + amount;
      return ceiling !== undefined && used > ceiling
        ? okAsync(undefined)
        : rows.put(id, { used: Number(used) }).map(() => used);
    });
  };

/** What accounts hold, in memory. */
export const memoryQuota = (
  tx: MemoryTx,
  deps: Pick<Limited, 'quotas' | 'ids' | 'events'>,
): SharedTx['quota'] => {
  const rows = tx.table<QuotaRow>(TABLES.quota);
  return {
    take: limitedTake({
      ...deps,
      facts: (account, at, keys) => factsIn(tx, account, at, keys),
      crossed: memoryUsage(tx).crossed,
      count: count(tx),
    }),
    release: (account, feature, n) => {
      const id = idOf(account, feature);
      return rows
        .get(id)
        .andThen((row) =>
          row === undefined ? okAsync(undefined) : rows.put(id, { used: Math.max(row.used - n, 0) }),
        );
    },
  };
};
