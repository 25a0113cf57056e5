import type { ListEntry, Listing } from '../../ports/storage/object-store.js';

/** Characters that UTF-16 spells in two units, which come before some of one although their bytes of UTF-8 do not. */
const IN_TWO = /[\ud800-\udfff]/;

/** The order that listings have: that of the bytes of UTF-8, which nearly every key shows without being encoded. */
const inByteOrder = (a: string, b: string): number => {
  if (IN_TWO.test(a) || IN_TWO.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a === b) return 0;
  return a < b ? -1 : 1;
};

/** By what name an entry is sorted, and gone on after. */
export const nameOf = (entry: ListEntry): string => (entry.type === 'file' ? entry.object.key : entry.prefix);

/** What comes behind `after`, of files and folders that a store gives apart. */
export const entriesAfter = (
  after: string | undefined,
  entries: readonly ListEntry[],
): readonly ListEntry[] =>
  after === undefined ? entries : entries.filter((entry) => inByteOrder(nameOf(entry), after) > 0);

/** Files and folders in one order. */
export const inOrder = (entries: readonly ListEntry[]): readonly ListEntry[] =>
  entries.toSorted((a, b) => inByteOrder(nameOf(a), nameOf(b)));

/** At most `limit` of entries that are in order; there is a next page if there are others, or `more` says so. */
export const pageOf = (entries: readonly ListEntry[], limit: number, more = false): Listing => {
  const shown = entries.slice(0, limit);
  const last = shown.at(-1);
  return last && (more || entries.length > limit)
    ? { entries: shown, next: nameOf(last) }
    : { entries: shown };
};
