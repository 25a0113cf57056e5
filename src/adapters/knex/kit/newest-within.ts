import type { Knex } from 'knex';
import type { PageRequest, Place } from '../../../domain/shared/page.js';
import { iso, type Stretch } from '../../../domain/shared/time.js';

/**
 * The rows of a page whose `column` lies within the stretch, newest first, and one more when there is one: `pageOf` cuts
 * it off. With an index that ends in the column and the id, nothing is read that lies outside.
 */
export const newestWithin =
  (column: string, { from, to }: Stretch, { size, after }: PageRequest<Place>) =>
  (rows: Knex.QueryBuilder): void => {
    void rows.where(column, '>=', iso(from)).where(column, '<', iso(to));
    if (after !== undefined) void rows.whereRaw('(??, id) < (?, ?)', [column, iso(after.at), after.id]);
    void rows
      .orderBy([
        { column, order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(size + 1);
  };
