import type { Knex } from 'knex';
import { err, type Result, ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { isRetryable, isTransient, unavailable } from './query.js';

class Rollback extends Error {
  readonly failure: unknown;
  constructor(failure: unknown) {
    super('rolled back');
    this.failure = failure;
  }
}

export type Isolation = 'repeatable read' | 'read committed';
type Attempt<T, E> = { readonly result: Result<T, E | Unavailable>; readonly again: boolean };
const ATTEMPTS = 20;

/** Waits longer with each try and never the same time twice, so that two losers do not meet again. */
const pause = (attempt: number): Promise<void> =>
  new Promise((resolve) =>
    setTimeout(resolve, (2 ** Math.min(attempt, 7) * (process.hrtime()[1] % 97)) / 97),
  );

const once = async <T, E>(
  db: Knex,
  work: (trx: Knex.Transaction) => ResultAsync<T, E>,
  isolationLevel: Isolation,
): Promise<Attempt<T, E>> => {
  const broken: unknown[] = [];
  try {
    const result = await db.transaction(
      async (trx) => {
        trx.on('query-error', (cause: unknown) => broken.push(cause));
        const outcome = await work(trx);
        if (outcome.isErr()) throw new Rollback(outcome.error);
        // PostgreSQL answers COMMIT of a transaction in which a statement failed with ROLLBACK, not an error.
        if (broken.length > 0) throw broken[0];
        return outcome;
      },
      { isolationLevel },
    );
    return { result, again: false };
  } catch (thrown) {
    const again = broken.some(isRetryable) || isRetryable(thrown);
    if (thrown instanceof Rollback) return { result: err(thrown.failure as E), again };
    if (!isTransient(thrown)) throw thrown;
    return { result: err(unavailable(thrown)), again };
  }
};

/**
 * Ok commits, Err rolls back: Knex commits whenever its callback resolves, so an Err must be thrown.
 * Serialization conflicts and deadlocks run `work` again; other throws are defects and pass through.
 */
export const transaction = <T, E>(
  db: Knex,
  work: (trx: Knex.Transaction) => ResultAsync<T, E>,
  isolationLevel: Isolation = 'repeatable read',
): ResultAsync<T, E | Unavailable> => {
  const attempt = async (): Promise<Result<T, E | Unavailable>> => {
    for (let tries = 1; ; tries += 1) {
      const { result, again } = await once(db, work, isolationLevel);
      if (!again || tries === ATTEMPTS) return result;
      await pause(tries);
    }
  };
  return new ResultAsync(attempt());
};
