import createKnex, { type Knex } from 'knex';
import pg from 'pg';
import { type Connection, endWhenSilent } from './silence.js';

const INT8 = 20;

/** int8 as bigint on our connections only: the global parser belongs to whoever shares the process. */
const types = {
  getTypeParser: (oid: number, format?: string) =>
    oid === INT8
      ? (text: string) => BigInt(text)
      : pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text'),
};

/** What Knex itself has to say: a lost connection, a deprecated call. */
export type DatabaseLog = (level: 'debug' | 'warn' | 'error', message: string) => void;

export type DatabaseOptions = {
  readonly url: string;
  readonly poolSize: number;
  readonly name: string;
  /** Milliseconds that a statement may take. Absent: as long as it likes. */
  readonly timeout?: number;
  readonly log?: DatabaseLog;
};

/** The server's own limits; 0 is none. */
const limitsOf = ({ timeout = 0 }: DatabaseOptions): string =>
  `-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s -c statement_timeout=${timeout}`;

const poolOf = ({ poolSize: max, timeout, log }: DatabaseOptions): Knex.PoolConfig => ({
  min: 0,
  max,
  acquireTimeoutMillis: 15_000,
  idleTimeoutMillis: 30_000,
  ...(timeout !== undefined && {
    afterCreate: (connection: Connection, done: (problem: null, connection: Connection) => void) => {
      endWhenSilent(connection, timeout, () =>
        log?.('warn', 'the database is silent: a connection is given up'),
      );
      done(null, connection);
    },
  }),
});

/**
 * A pool of connections to `url`. Waiting is bounded, for a connection, for a row lock and for an answer, so that a
 * request answers "unavailable" and never hangs; `name` shows in pg_stat_activity.
 */
export const openDatabase = (options: DatabaseOptions): Knex => {
  const { url, name, log = () => undefined } = options;
  return createKnex({
    client: 'pg',
    connection: {
      connectionString: url,
      types,
      application_name: name,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      options: limitsOf(options),
    },
    pool: poolOf(options),
    acquireConnectionTimeout: 15_000,
    // Knex would write to the console, past every log level; what fails reaches the caller as a value anyway.
    log: {
      debug: (message: unknown) => log('debug', String(message)),
      warn: (message: unknown) => log('warn', String(message)),
      error: (message: unknown) => log('error', String(message)),
      deprecate: (method: string, alternative: string) =>
        log('warn', `${method} is deprecated: ${alternative}`),
    },
  });
};
