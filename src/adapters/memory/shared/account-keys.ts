import { err, ok } from 'neverthrow';
import type { AccountKeys } from '../../../ports/shared/account-keys.js';
import { NOT_FOUND } from '../../../ports/shared/failure.js';
import type { MemoryStore } from '../kit/store.js';
import { type AccountRow, TABLES } from './rows.js';

/** A deleted account keeps its key until it is erased: what is left to do in it may need to open things. */
export const memoryAccountKeys = (store: MemoryStore): AccountKeys => ({
  get: (id) =>
    store
      .read<AccountRow>(TABLES.accounts)
      .get(id)
      .andThen((row) => (row?.dataKey === undefined ? err(NOT_FOUND) : ok(row.dataKey))),
});
