import type { Knex } from 'knex';
import * as z from 'zod';
import type { EntitlementReaders } from '../../../ports/entitlements/unit-of-work.js';
import { query } from '../kit/query.js';
import { int8 } from '../kit/rows.js';

const Row = z.object({ id: z.string(), number: int8 });

/** Numbers of records, which the database gives in the order in which they are written. */
export const knexUsageNumbers = (db: Knex): Pick<EntitlementReaders, 'numbersOf'> => ({
  numbersOf: (account, ids) =>
    query(() =>
      db('usage_records')
        .where({ account_id: account })
        .whereIn('id', [...ids])
        .select('id', 'number'),
    ).map(
      (rows: unknown[]) => new Map(rows.map((row) => Row.parse(row)).map(({ id, number }) => [id, number])),
    ),
});
