import type { Knex } from 'knex';
import type { ResultAsync } from 'neverthrow';
import { iso, MINUTE, plus } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { Ids } from '../../ports/shared/ids.js';
import { rowsOf, type Statement } from './statement.js';

/** A reader that was killed keeps garbage from being swept for so long at most. */
const LEASE_MS = 5 * MINUTE;
const RENEW_MS = MINUTE;

const BEGIN: Statement = {
  name: 'blobs-reader-begin',
  sql: `
    insert into blob_readers (id, blob_id, lease_until)
    select :id::uuid, blob_id, :until::timestamptz from blob_objects
    where bucket = :bucket and key = :key and blob_id = :blob::uuid
    returning id`,
};
const RENEW: Statement = {
  name: 'blobs-reader-renew',
  sql: 'update blob_readers set lease_until = :until::timestamptz where id = :id::uuid',
};
const END: Statement = { name: 'blobs-reader-end', sql: 'delete from blob_readers where id = :id::uuid' };

export type Version = { readonly bucket: string; readonly key: string; readonly blob: string };
/**
 * Keeps the files of a version, overwritten or not, until the answered function is called. Undefined when it is
 * not the current version any more: what was overwritten just now is not swept before this statement is long over.
 */
export type Readers = {
  readonly keep: (version: Version) => ResultAsync<(() => void) | undefined, Unavailable>;
};

type Deps = { readonly db: Knex; readonly clock: Clock; readonly ids: Ids };

export const leasedReaders = ({ db, clock, ids }: Deps): Readers => {
  const until = () => iso(plus(clock.now(), LEASE_MS));
  const keptBy = (id: string) => {
    // What fails here is tried again in a minute; past the lease the reader meets a missing file, never wrong bytes.
    const renewing = setInterval(
      async () => await rowsOf(db, RENEW, { id, until: until() }),
      RENEW_MS,
    ).unref();
    return () => {
      clearInterval(renewing);
      // A row that stays is forgotten when its lease is over.
      void rowsOf(db, END, { id }).match(
        () => undefined,
        () => undefined,
      );
    };
  };
  return {
    keep: (version) => {
      const id = ids.next();
      return rowsOf(db, BEGIN, { ...version, id, until: until() }).map(({ length }) =>
        length > 0 ? keptBy(id) : undefined,
      );
    },
  };
};
