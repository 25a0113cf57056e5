import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Page, PageRequest, Place } from '../../../domain/shared/page.js';
import type { Unavailable } from '../../../ports/shared/failure.js';

/** What a file of a pack holds at most; it says when it was cut there. */
export const MOST_ROWS = 20_000;
const PAGE = 1_000;

export type Gathered<T> = { readonly items: readonly T[]; readonly cut: boolean };

/** Page by page from the newest on. */
export const gathered = <T>(
  read: (page: PageRequest<Place>) => ResultAsync<Page<T, Place>, Unavailable>,
): ResultAsync<Gathered<T>, Unavailable> =>
  new ResultAsync(
    (async (): Promise<Result<Gathered<T>, Unavailable>> => {
      const items: T[] = [];
      let page: PageRequest<Place> | undefined = { size: PAGE };
      while (page !== undefined && items.length <= MOST_ROWS) {
        const got: Result<Page<T, Place>, Unavailable> = await read(page);
        if (got.isErr()) return err(got.error);
        const { items: found, next } = got.value;
        items.push(...found);
        page = next && { size: PAGE, after: next };
      }
      return ok({ items: items.slice(0, MOST_ROWS), cut: items.length > MOST_ROWS });
    })(),
  );
