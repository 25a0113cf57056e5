import { err, ok, ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../../ports/shared/failure.js';

/** SQLSTATE of what a driver threw, when it was the server that spoke. */
export const sqlState = (cause: unknown): string | undefined => {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
};

const SERIALIZATION = '40001';
const DEADLOCK = '40P01';
export const UNIQUE_VIOLATION = '23505';
export const FOREIGN_KEY_VIOLATION = '23503';
export const LOCK_NOT_AVAILABLE = '55P03';

/** True when PostgreSQL asks for the whole transaction to be run again. */
export const isRetryable = (cause: unknown): boolean =>
  [SERIALIZATION, DEADLOCK].includes(sqlState(cause) ?? '');

// Classes that say "not now": connection, rollback, resources, locks, operator. 25P02 and 25P03 follow from an
// earlier failure of the same transaction. Any other SQLSTATE (a constraint, a syntax error) is our own mistake.
const TRANSIENT_STATE = /^(08|40|53|55|57|25P0[23])/;
const LOST_CONNECTION_CODE =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ERR_STREAM)/;
const LOST_CONNECTION_TEXT = /Connection (terminated|ended)|not queryable|timeout expired|Unable to acquire/;

/** True for what the outside world did to us; everything else that a driver throws is a defect. */
export const isTransient = (cause: unknown): boolean => {
  const state = sqlState(cause);
  const { name, code, message } = (cause ?? {}) as { name?: string; code?: string; message?: string };
  return (
    (state !== undefined && TRANSIENT_STATE.test(state)) ||
    name === 'KnexTimeoutError' ||
    LOST_CONNECTION_CODE.test(code ?? '') ||
    LOST_CONNECTION_TEXT.test(message ?? '')
  );
};

export const unavailable = (cause: unknown): Unavailable => ({
  kind: 'unavailable',
  dependency: 'postgres',
  cause,
});

/** One statement. What the server rejects for good reason is a defect and throws. */
export const query = <T>(run: () => PromiseLike<T>): ResultAsync<T, Unavailable> =>
  new ResultAsync(
    (async () => {
      try {
        return ok(await run());
      } catch (cause) {
        if (!isTransient(cause)) throw cause;
        return err(unavailable(cause));
      }
    })(),
  );

/**
 * One statement that may meet `state` (a unique index, a lock timeout): it becomes a named failure. The
 * transaction is lost with it; a unit that wants to go on uses ON CONFLICT and looks at the row count.
 */
export const queryOr = <T, E>(
  state: string,
  failure: E,
  run: () => PromiseLike<T>,
): ResultAsync<T, E | Unavailable> =>
  new ResultAsync<T, E | Unavailable>(
    (async () => {
      try {
        return ok(await run());
      } catch (cause) {
        if (sqlState(cause) === state) return err(failure);
        if (!isTransient(cause)) throw cause;
        return err(unavailable(cause));
      }
    })(),
  );
