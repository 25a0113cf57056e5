import type { ResultAsync } from 'neverthrow';
import type { Page, PageRequest } from '../../src/domain/shared/page.js';

type Read<T, Cursor> = (page: PageRequest<Cursor>) => ResultAsync<Page<T, Cursor>, unknown>;

/** Every page of a list in turn, until one names no next. */
export const pagesOf = async <T, Cursor = string>(
  read: Read<T, Cursor>,
  size: number,
): Promise<readonly (readonly T[])[]> => {
  const pages: (readonly T[])[] = [];
  let after: Cursor | undefined;
  do {
    const { items, next } = (await read({ size, after }))._unsafeUnwrap();
    pages.push(items);
    after = next;
  } while (after !== undefined);
  return pages;
};
