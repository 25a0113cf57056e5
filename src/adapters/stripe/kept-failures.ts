import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { CallFailure } from './failures.js';

type Made<T> = {
  /** Of the call that makes it; undefined: without one. */
  readonly make: (key: string | undefined) => ResultAsync<T, CallFailure>;
  /** What is there already, by what else it is known by. */
  readonly find: () => ResultAsync<T | undefined, CallFailure>;
};

/** The options of a call with this key, or with none. */
export const under = (key: string | undefined): { idempotencyKey?: string } =>
  key === undefined ? {} : { idempotencyKey: key };

/** So many keys in a row that all have a failure kept under them: nobody will come that far. */
const MOST = 20;

type Cause = { readonly type?: string; readonly replayed?: boolean };
const causeOf = (failure: CallFailure): Cause =>
  failure.kind === 'unavailable' ? (failure.cause as Cause) : {};

/** Stripe broke at it, and will say so for a day to whoever comes with the same key. */
const isBroken = (failure: CallFailure): boolean => causeOf(failure).type === 'StripeAPIError';

/**
 * For what there can be only one of, whoever asks: Stripe itself holds it to one. What broke is looked for, and made
 * without a key where it is not there, so that no failure is kept for a day under a key that all share.
 */
export const madeOnce = <T>(key: string, { make, find }: Made<T>): ResultAsync<T, CallFailure> => {
  const lookedFor = (failure: CallFailure): ResultAsync<T, CallFailure> => {
    if (failure.kind !== 'processor_refused' && !isBroken(failure)) return errAsync(failure);
    return find().andThen((there) =>
      there === undefined ? errAsync<T, CallFailure>(failure) : okAsync(there),
    );
  };
  return make(key)
    .orElse(lookedFor)
    .orElse((failure) => (isBroken(failure) ? make(undefined).orElse(lookedFor) : errAsync(failure)));
};

/**
 * For what there could be two of: only once a failure comes back that was kept, and so is over, is it looked for, and
 * asked for again under the next key, which is the same for whoever comes that far.
 */
export const madeUnderNextKey = <T>(
  key: string,
  { make, find }: Made<T>,
  attempt = 1,
): ResultAsync<T, CallFailure> =>
  make(attempt === 1 ? key : `${key}/${attempt}`).orElse((failure) =>
    causeOf(failure).replayed !== true || attempt === MOST
      ? errAsync(failure)
      : find().andThen((there) =>
          there === undefined ? madeUnderNextKey(key, { make, find }, attempt + 1) : okAsync(there),
        ),
  );
