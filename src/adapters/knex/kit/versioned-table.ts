import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { StaleVersion, Unavailable } from '../../../ports/shared/failure.js';
import { query } from './query.js';

type Versioned = { readonly id: string; readonly version: number };
/** `fromRow` parses: a row that does not fit is a defect, not a failure. The row's type never leaves its file. */
type Mapping<E extends Versioned> = {
  readonly table: string;
  readonly toRow: (entity: E) => Readonly<Record<string, unknown>>;
  readonly fromRow: (row: unknown) => E;
};

/** The only three statements a versioned aggregate needs; anything else is a named query beside it. */
export const versionedTable = <E extends Versioned>(db: Knex, { table, toRow, fromRow }: Mapping<E>) => ({
  find: (id: string): ResultAsync<E | undefined, Unavailable> =>
    query(() => db(table).where({ id }).first()).map((row) => (row === undefined ? undefined : fromRow(row))),
  insert: (entity: E): ResultAsync<void, Unavailable> =>
    query(() => db(table).insert(toRow(entity))).map(() => undefined),
  update: (entity: E): ResultAsync<E, StaleVersion | Unavailable> =>
    query(() =>
      db(table)
        .where({ id: entity.id, version: entity.version })
        .update({ ...toRow(entity), version: entity.version + 1 })
        .returning('*'),
    ).andThen(([row]) =>
      row === undefined
        ? errAsync<E, StaleVersion>({ kind: 'stale_version', id: entity.id })
        : okAsync(fromRow(row)),
    ),
});
