import type { Result } from 'neverthrow';

export type InvalidPageToken = { readonly kind: 'invalid_page_token' };

/** Signed opaque cursors: a token opens only in the list (name and scope) it was made for. */
export type PageTokens = {
  readonly issue: (list: string, cursor: string) => string;
  readonly read: (list: string, token: string) => Result<string, InvalidPageToken>;
};
