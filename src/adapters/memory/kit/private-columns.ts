import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { StaleVersion } from '../../../ports/shared/failure.js';
import type { MemoryTx } from './store.js';

type Versioned = { readonly id: string; readonly version: number };

/**
 * A versioned table whose rows hold columns (a hash, a sealed secret) that are not the aggregate's:
 * `split` tells them apart, and an update of the aggregate leaves them as they are.
 */
export const tableWithPrivateColumns = <E extends Versioned, Columns extends object>(
  tx: MemoryTx,
  name: string,
  split: (row: E & Columns) => readonly [entity: E, columns: Columns],
) => {
  const rows = tx.table<E & Columns>(name);
  return {
    find: (id: string): ResultAsync<E | undefined, never> => rows.get(id).map((row) => row && split(row)[0]),
    insert: (entity: E, columns: Columns): ResultAsync<void, never> =>
      rows.put(entity.id, { ...entity, ...columns }),
    update: (entity: E): ResultAsync<E, StaleVersion> =>
      rows.get(entity.id).andThen((row) => {
        if (row?.version !== entity.version)
          return errAsync<E, StaleVersion>({ kind: 'stale_version', id: entity.id });
        const next: E = { ...entity, version: entity.version + 1 };
        return rows.put(entity.id, { ...next, ...split(row)[1] }).andThen(() => okAsync(next));
      }),
    setColumns: (id: string, columns: Columns): ResultAsync<void, never> =>
      rows
        .get(id)
        .andThen((row) =>
          row === undefined ? okAsync(undefined) : rows.put(id, { ...split(row)[0], ...columns }),
        ),
  };
};
