import type { Overrides } from '../../../ports/entitlements/unit-of-work.js';
import type { MemoryTx } from '../kit/store.js';
import { idOf } from '../shared/rows.js';
import { cameToUse } from './features.js';
import { type OverrideRow, TABLES } from './rows.js';

/** What single accounts were granted, on one unit. */
export const memoryOverrides = (tx: MemoryTx): Overrides => {
  const rows = tx.table<OverrideRow>(TABLES.overrides);
  return {
    get: (account, featureId) => rows.get(idOf(account, featureId)),
    put: (account, override) =>
      cameToUse(tx, override.featureId).andThen(() =>
        rows.put(idOf(account, override.featureId), { ...override, accountId: account }),
      ),
    remove: (account, featureId) => rows.remove(idOf(account, featureId)),
  };
};
