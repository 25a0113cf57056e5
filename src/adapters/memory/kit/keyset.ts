import { type Page, type PageRequest, pageOf } from '../../../domain/shared/page.js';

/** A page of rows in the order of their cursor. Ids are lower-case hexadecimal: text order is PostgreSQL's. */
export const keyset = <T>(
  rows: readonly T[],
  { size, after }: PageRequest<string>,
  cursorOf: (row: T) => string,
): Page<T, string> =>
  pageOf(
    rows
      .filter((row) => after === undefined || cursorOf(row) > after)
      .sort((a, b) => (cursorOf(a) < cursorOf(b) ? -1 : 1))
      .slice(0, size + 1),
    size,
    cursorOf,
  );
