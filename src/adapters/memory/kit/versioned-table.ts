import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { StaleVersion } from '../../../ports/shared/failure.js';
import type { MemoryTx } from './store.js';

type Versioned = { readonly id: string; readonly version: number };

/** The same three calls as the Knex kit's: rows carry a version, and `update` is a compare-and-set on it. */
export const versionedTable = <E extends Versioned>(tx: MemoryTx, name: string) => {
  const rows = tx.table<E>(name);
  return {
    find: (id: string): ResultAsync<E | undefined, never> => rows.get(id),
    insert: (entity: E): ResultAsync<void, never> => rows.put(entity.id, entity),
    update: (entity: E): ResultAsync<E, StaleVersion> =>
      rows.get(entity.id).andThen((found) => {
        if (found?.version !== entity.version) {
          return errAsync<E, StaleVersion>({ kind: 'stale_version', id: entity.id });
        }
        const next: E = { ...entity, version: entity.version + 1 };
        return rows.put(entity.id, next).andThen(() => okAsync(next));
      }),
  };
};
