import type { Unavailable } from '../../ports/shared/failure.js';
import { sqlState } from '../knex/kit/query.js';

/** Nobody knows whether the row is there: the connection went away with the answer. */
export type InDoubt = { readonly kind: 'in_doubt'; readonly cause: unknown };

// An error the server spoke has undone the statement, except when it was saying goodbye.
const GOODBYE = /^(08|57P)/;
const NEVER_SENT = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN)$/;

const mayHaveCommitted = (cause: unknown): boolean => {
  const state = sqlState(cause);
  if (state !== undefined) return GOODBYE.test(state);
  const { name, code } = (cause ?? {}) as { name?: string; code?: string };
  return name !== 'KnexTimeoutError' && !NEVER_SENT.test(code ?? '');
};

/** Tells a statement that may have committed although it failed here from one that did not. */
export const doubting = <E extends { readonly kind: string }>(
  failure: E | Unavailable,
): E | Unavailable | InDoubt =>
  isUnavailable(failure) && mayHaveCommitted(failure.cause)
    ? { kind: 'in_doubt', cause: failure.cause }
    : failure;

const isUnavailable = (failure: { readonly kind: string }): failure is Unavailable =>
  failure.kind === 'unavailable';
