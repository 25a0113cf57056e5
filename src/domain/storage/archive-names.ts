import type { ObjectKey, Prefix } from './object-key.js';

/** What an archive calls an object, given its place below the folder. */
type Named = { readonly name: string; readonly isDirectory: boolean };

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are not wanted
const UNSAFE = /[\\\u0000-\u001f\u007f]/g;
const DRIVE = /^([A-Za-z]):/;
/** No name, this directory, the one above it; some systems take dots and blanks at the end of a name for nothing. */
const NAMELESS = /^[. ]*$/;

/**
 * A path that stays below the directory in which an archive is opened, on every system: backslashes,
 * control characters, the colon of a drive letter and segments that name nothing of their own become `_`.
 * Keys that a customer's store lists may have any of them, also those that nobody could give an object here.
 */
const safe = (path: string): string =>
  path
    .replace(UNSAFE, '_')
    .replace(DRIVE, '$1_')
    .split('/')
    .map((segment) => (NAMELESS.test(segment) ? '_' : segment))
    .join('/');

const namedAs = (place: string, size: number): Named =>
  place.endsWith('/') && size === 0
    ? { name: `${safe(place.slice(0, -1))}/`, isDirectory: true }
    : { name: safe(place), isDirectory: false };

/** Tells whether a name is that of a directory on the way to one of `names`. */
const directoriesAmong = (names: readonly string[]): ((name: string) => boolean) => {
  // Sorted and searched: a set of all directories would be as large as all keys are deep.
  const sorted = [...names].sort();
  return (name) => {
    const within = `${name}/`;
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] ?? '') < within) low = middle + 1;
      else high = middle;
    }
    return sorted[low]?.startsWith(within) ?? false;
  };
};

/** Numbers names that are taken; it goes on where it stopped, however many would have the same name. */
const numbering = (isTaken: (name: string) => boolean): ((name: string) => string) => {
  const numbers = new Map<string, number>();
  return (name) => {
    const dot = name.lastIndexOf('.');
    const cut = dot > name.lastIndexOf('/') + 1 ? dot : name.length;
    for (let n = (numbers.get(name) ?? 1) + 1; ; n += 1) {
      const candidate = `${name.slice(0, cut)} (${n})${name.slice(cut)}`;
      numbers.set(name, n);
      if (!isTaken(candidate)) return candidate;
    }
  };
};

export type Listed = { readonly key: ObjectKey; readonly size: number };
export type Entry<T> = Named & { readonly object: T };

/**
 * Names for all that is below a folder, relative to it, no two alike. An empty object whose key ends with a
 * slash marks a directory; the folder's own is left out. Where two would have one name, or a file the name
 * of a directory, a file whose name is its key keeps it and the others are numbered: `a (2).txt`.
 */
export const archiveNames = <T extends Listed>(
  folder: Prefix,
  objects: readonly T[],
): readonly Entry<T>[] => {
  const placed = objects
    .map((object) => ({ object, place: object.key.slice(folder.length) }))
    .filter(({ object, place }) => place !== '' || object.size > 0)
    .map(({ object, place }) => ({ object, place, ...namedAs(place, object.size) }));
  const isDirectoryName = directoriesAmong(placed.map(({ name }) => name));
  // Names that are their keys cannot clash with each other.
  const used = new Set(placed.flatMap(({ name, place }) => (name === place ? [name] : [])));
  const number = numbering((name) => used.has(name) || isDirectoryName(name));
  return placed.flatMap(({ object, place, name, isDirectory }): Entry<T>[] => {
    const known = name !== place && used.has(name);
    if (isDirectory && known) return [];
    const free = !isDirectory && (known || isDirectoryName(name)) ? number(name) : name;
    used.add(free);
    return [{ object, name: free, isDirectory }];
  });
};
