import type { EntitlementReaders } from '../../../ports/entitlements/unit-of-work.js';
import type { MemoryStore } from '../kit/store.js';
import { type RecordRow, TABLES } from './rows.js';

/** Numbers of records: the how-manieth of all each is. None ever goes. */
export const memoryUsageNumbers = (store: MemoryStore): Pick<EntitlementReaders, 'numbersOf'> => ({
  numbersOf: (account, ids) =>
    store
      .read<RecordRow>(TABLES.records)
      .all()
      .map(
        (rows) =>
          new Map(
            rows
              .map(({ id, accountId }, at) => ({ id, accountId, number: at + 1 }))
              .filter((row) => row.accountId === account && ids.includes(row.id))
              .map(({ id, number }) => [id, number]),
          ),
      ),
});
