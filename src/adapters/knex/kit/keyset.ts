import type { Knex } from 'knex';
import type { PageRequest } from '../../../domain/shared/page.js';

/** The rows of a page in the order of `column`, and one more when there is one: `pageOf` cuts it off. */
export const keyset =
  (column: string, { size, after }: PageRequest<string>) =>
  (rows: Knex.QueryBuilder): void => {
    if (after !== undefined) void rows.where(column, '>', after);
    void rows.orderBy(column).limit(size + 1);
  };
