import type { Knex } from 'knex';
import type { ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import { query, queryOr } from '../knex/kit/query.js';

/** SQL with `:name` bindings, planned once per connection under its name. */
export type Statement = { readonly name: string; readonly sql: string };
export type Bindings = Readonly<
  Record<string, string | number | null | Buffer | readonly (string | null)[] | readonly number[]>
>;

const run = async <Row>(db: Knex, { name, sql }: Statement, bindings: Bindings): Promise<readonly Row[]> => {
  const { rows } = await db.raw<{ rows: Row[] }>(sql, bindings as Knex.ValueDict).options({ name });
  return rows;
};

/** One statement, one round trip, a transaction of its own. */
export const rowsOf = <Row>(
  db: Knex,
  statement: Statement,
  bindings: Bindings,
): ResultAsync<readonly Row[], Unavailable> => query(() => run<Row>(db, statement, bindings));

/** The same where an integrity rule may speak: `state` becomes `failure`. */
export const rowsOr = <Row, E>(
  db: Knex,
  statement: Statement,
  bindings: Bindings,
  state: string,
  failure: E,
): ResultAsync<readonly Row[], E | Unavailable> =>
  queryOr(state, failure, () => run<Row>(db, statement, bindings));

export const FOREIGN_KEY_VIOLATION = '23503';
