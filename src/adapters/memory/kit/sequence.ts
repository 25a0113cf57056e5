import type { ResultAsync } from 'neverthrow';
import type { MemoryTx } from './store.js';

/** The next of a table's public numbers, from 1; of two units that take one at once the second runs again. */
export const nextNumber = (tx: MemoryTx, table: string): ResultAsync<number, never> => {
  const sequences = tx.table<number>('sequences');
  return sequences.get(table).andThen((last = 0) => sequences.put(table, last + 1).map(() => last + 1));
};
