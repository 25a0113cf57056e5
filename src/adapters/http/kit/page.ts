import type { ResultAsync } from 'neverthrow';
import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import type { Page, PageRequest } from '../../../domain/shared/page.js';
import type { InvalidPageToken, PageTokens } from '../../../ports/shared/page-tokens.js';

/** `page_size` and `page_token` as every list of ours takes them. */
export const pageQuery = (size: { readonly fallback: number; readonly max: number }) =>
  z.object({
    page_size: z.coerce.number().int().min(1).max(size.max).default(size.fallback),
    page_token: z.string().max(2_048).optional(),
  });
type PageQuery = z.output<ReturnType<typeof pageQuery>>;

/** A page as it goes out: the cursor has become a token that opens in this list only. */
export type TokenPage<T> = { readonly items: readonly T[]; readonly next_page_token?: string };

/** Reads one page of `list` (its name and whose it is), from token to token. */
export const paged = <T, E>(
  tokens: PageTokens,
  list: string,
  query: PageQuery,
  read: (page: PageRequest<string>) => ResultAsync<Page<T, string>, E>,
): ResultAsync<TokenPage<T>, E | InvalidPageToken> =>
  after(tokens, list, query.page_token)
    .asyncAndThen((cursor) => read({ size: query.page_size, after: cursor }))
    .map(({ items, next }) =>
      next === undefined ? { items } : { items, next_page_token: tokens.issue(list, next) },
    );

const after = (
  tokens: PageTokens,
  list: string,
  token: string | undefined,
): Result<string | undefined, InvalidPageToken> =>
  token === undefined
    ? ok(undefined)
    : token === ''
      ? err({ kind: 'invalid_page_token' })
      : tokens.read(list, token);
