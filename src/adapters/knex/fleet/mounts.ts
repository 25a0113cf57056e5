import type { Knex } from 'knex';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { Source } from '../../../domain/fleet/file-system.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Mounts, SourceGone, SourceUnusable } from '../../../ports/fleet/unit-of-work.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import { FOREIGN_KEY_VIOLATION, query, queryOr } from '../kit/query.js';
import { livingIn } from '../storage/buckets.js';
import { connectionsIn } from '../storage/connections.js';

type Refused = SourceGone | SourceUnusable | Unavailable;

const GONE: SourceGone = { kind: 'source_not_found' };
const Row = z.object({ status: z.string() }).optional();

const containersIn = (trx: Knex, account: AccountId, { kind, id }: Source): Knex.QueryBuilder =>
  (kind === 'bucket' ? livingIn(trx, account) : connectionsIn(trx, account)).where({ id });

const why = (trx: Knex, account: AccountId, source: Source): ResultAsync<never, Refused> =>
  query(() => containersIn(trx, account, source).first('status')).andThen((row) => {
    const status = Row.parse(row)?.status;
    return errAsync<never, Refused>(
      status === undefined ? GONE : { kind: 'source_not_ready', reason: `the ${source.kind} is ${status}` },
    );
  });

const ready = (trx: Knex, account: AccountId, source: Source): Knex.QueryBuilder => {
  const containers = containersIn(trx, account, source);
  // An update, for a lock that is gone with the unit would not be seen by a deletion that began before its end.
  return source.kind === 'bucket'
    ? containers.where({ status: 'active' }).increment('mount_epoch').returning('id')
    : containers.whereNot({ status: 'invalid' }).select('id');
};

const tableOf = ({ kind, id }: Source, fileSystemId: string) =>
  kind === 'bucket'
    ? { table: 'bucket_mounts', row: { bucket_id: id, file_system_id: fileSystemId } }
    : { table: 'connection_mounts', row: { connection_id: id, file_system_id: fileSystemId } };

/** What file systems show, on one transaction. */
export const knexMounts = (trx: Knex): Mounts => ({
  mount: (account, source, fileSystemId) => {
    const { table, row } = tableOf(source, fileSystemId);
    return query(() => ready(trx, account, source))
      .andThen((rows: readonly unknown[]) =>
        rows.length === 0 ? why(trx, account, source) : okAsync(undefined),
      )
      .andThen(() =>
        // A connection that was deleted since this unit began.
        queryOr(FOREIGN_KEY_VIOLATION, GONE, () => trx(table).insert(row).onConflict().ignore()),
      )
      .map(() => undefined);
  },
  unmount: (account, source, fileSystemId) => {
    const { table, row } = tableOf(source, fileSystemId);
    return query(() =>
      trx(table)
        .where(row)
        .whereExists(containersIn(trx, account, source))
        .delete(),
    ).map(() => undefined);
  },
});
