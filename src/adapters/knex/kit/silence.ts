import { SECOND } from '../../../domain/shared/time.js';

/** What is used of a driver's connection; Knex asks with a callback, always. */
export type Connection = {
  query: (statement: object, answered: (problem: unknown, result: unknown) => void) => void;
  readonly end: () => Promise<void>;
};

/** A server that lives ends a statement by itself and says so; that long the word may be on its way. */
const GRACE = 5 * SECOND;

/**
 * Ends a connection on which a statement gets no answer at all, some seconds after the server should have ended it:
 * whatever waits there fails, and the pool does not lend it again. pg's own `query_timeout` would leave it in the pool,
 * with the next statement waiting behind the one that is never answered. One timer for each connection, moved on with
 * every word of either side, costs less than one for each statement.
 */
export const endWhenSilent = (connection: Connection, timeout: number, silent: () => void): void => {
  const ask = connection.query.bind(connection);
  let waiting = 0;
  const limit = setTimeout(() => {
    if (waiting === 0) return;
    silent();
    void connection.end();
  }, timeout + GRACE).unref();
  connection.query = (statement, answered) => {
    waiting += 1;
    limit.refresh();
    ask(statement, (problem, result) => {
      waiting -= 1;
      limit.refresh();
      answered(problem, result);
    });
  };
};
