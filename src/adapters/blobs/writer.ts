import { mkdir } from 'node:fs/promises';
import type { Knex } from 'knex';
import { errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import { type Instant, iso, MINUTE, plus } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import { onDiskFreeing } from './disk.js';
import type { Layout } from './layout.js';
import { rowsOf, type Statement } from './statement.js';

/** How long a silent writer counts as alive; renew it several times in between. */
export const LEASE_MS = MINUTE;

export const WRITER_LOST: Unavailable = {
  kind: 'unavailable',
  dependency: 'blobs',
  cause: new Error('this process holds no lease to write blobs'),
};

/**
 * The right to write, under an id that is never used twice: had a fenced writer come back under its
 * old id, a put begun before could commit a blob whose file was already swept away.
 */
export type Writer = {
  readonly current: () => ResultAsync<string, Unavailable>;
  readonly start: () => ResultAsync<void, Unavailable>;
  /** Prolongs the lease; when another process has fenced this one, starts anew under another id. */
  readonly renew: () => ResultAsync<void, Unavailable>;
  /** Gives the lease up and says whether there was one; puts that have not committed are refused from here on. */
  readonly stop: () => ResultAsync<boolean, Unavailable>;
  /** Puts whose commit was never answered, and since when: their files may be objects by now, or never. */
  readonly doubts: Map<string, Instant>;
};

const BEGIN: Statement = {
  name: 'blobs-writer-begin',
  sql: 'insert into blob_writers (id, host, lease_until) values (:id::uuid, :host, :until::timestamptz)',
};
const RENEW: Statement = {
  name: 'blobs-writer-renew',
  sql: 'update blob_writers set lease_until = :until::timestamptz where id = :id::uuid returning id',
};
const END: Statement = { name: 'blobs-writer-end', sql: 'delete from blob_writers where id = :id::uuid' };

type Deps = {
  readonly db: Knex;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly host: string;
  readonly layout: Layout;
};

export const leasedWriter = ({ db, clock, ids, host, layout }: Deps): Writer => {
  let current: string | undefined;
  const until = () => iso(plus(clock.now(), LEASE_MS));

  // The row first: a directory without a row is then always one that nobody may commit from.
  const start = (): ResultAsync<void, Unavailable> => {
    const id = ids.next();
    return onDiskFreeing(layout.prepare)
      .andThen(() => rowsOf(db, BEGIN, { id, host, until: until() }))
      .andThen(() => onDiskFreeing(() => mkdir(layout.writer(id), { mode: 0o700 })))
      .andTee(() => {
        current = id;
      })
      .map(() => undefined);
  };

  return {
    current: () => (current === undefined ? errAsync(WRITER_LOST) : okAsync(current)),
    start,
    renew: () =>
      current === undefined
        ? start()
        : rowsOf(db, RENEW, { id: current, until: until() }).andThen(({ length }) =>
            length > 0 ? ok(undefined) : start(),
          ),
    stop: () => {
      if (current === undefined) return okAsync(false);
      const id = current;
      current = undefined;
      return rowsOf(db, END, { id }).map(() => true);
    },
    doubts: new Map(),
  };
};
