/** The columns of one table of a join, under names that no other table of it has. */
export const columnsOf = (alias: string, columns: readonly string[]): readonly string[] =>
  columns.map((column) => `${alias}.${column} as ${alias}_${column}`);

/** The row that `columnsOf` took from one table; undefined where an outer join found none. */
export const rowOf = (
  alias: string,
  columns: readonly string[],
  joined: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined =>
  joined[`${alias}_id`] === null
    ? undefined
    : Object.fromEntries(columns.map((column) => [column, joined[`${alias}_${column}`]]));
