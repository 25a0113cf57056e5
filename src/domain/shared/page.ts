import type { Instant } from './time.js';

/** A keyset page: at most `size` rows that come after the row `after` names. */
export type PageRequest<Cursor> = { readonly size: number; readonly after?: Cursor | undefined };

/** `next` names the last row given, and is there only while more rows follow. */
export type Page<T, Cursor> = { readonly items: readonly T[]; readonly next?: Cursor };

/** Where a row stands in the order of time, among those of one moment too. */
export type Place = { readonly at: Instant; readonly id: string };

/** Cuts a list that was read with one row too many into a page. */
export const pageOf = <T, Cursor>(
  rows: readonly T[],
  size: number,
  cursorOf: (row: T) => Cursor,
): Page<T, Cursor> => {
  const items = rows.slice(0, size);
  const last = items.at(-1);
  return rows.length > size && last !== undefined ? { items, next: cursorOf(last) } : { items };
};
