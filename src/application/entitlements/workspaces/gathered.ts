import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Page, PageRequest } from '../../../domain/shared/page.js';
import type { Unavailable } from '../../../ports/shared/failure.js';

/** What a file of a pack holds at most; it says when it was cut there. */
export const MOST_ROWS = 20_000;
const PAGE = 1_000;

export type Gathered<T> = { readonly items: readonly T[]; readonly cut: boolean };
type Verdict = 'keep' | 'skip' | 'stop';

const judged = <T>({ items, next }: Page<T, string>, judge: (item: T) => Verdict) => ({
  kept: items.filter((item) => judge(item) === 'keep'),
  isLast: next === undefined || items.some((item) => judge(item) === 'stop'),
});

/** Page by page from the newest on, until one item says that nothing older is wanted. */
export const gathered = <T>(
  read: (page: PageRequest<string>) => ResultAsync<Page<T, string>, Unavailable>,
  judge: (item: T) => Verdict,
): ResultAsync<Gathered<T>, Unavailable> =>
  new ResultAsync(
    (async (): Promise<Result<Gathered<T>, Unavailable>> => {
      const items: T[] = [];
      let page: PageRequest<string> | undefined = { size: PAGE };
      while (page !== undefined && items.length <= MOST_ROWS) {
        const got: Result<Page<T, string>, Unavailable> = await read(page);
        if (got.isErr()) return err(got.error);
        const { kept, isLast } = judged(got.value, judge);
        items.push(...kept);
        page = isLast ? undefined : { size: PAGE, after: got.value.next };
      }
      return ok({ items: items.slice(0, MOST_ROWS), cut: items.length > MOST_ROWS });
    })(),
  );
