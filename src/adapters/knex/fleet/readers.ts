import type { Knex } from 'knex';
import { errAsync, okAsync } from 'neverthrow';
import { pageOf } from '../../../domain/shared/page.js';
import type { FleetReaders } from '../../../ports/fleet/unit-of-work.js';
import { NOT_FOUND, type NotFound } from '../../../ports/shared/failure.js';
import { keyset } from '../kit/keyset.js';
import { query } from '../kit/query.js';
import { fileSystemOf, fileSystemSecretOf, fileSystemsIn, livingFileSystems } from './file-systems.js';
import { gatewayOf, gatewaysIn } from './gateways.js';

/** Committed file systems and gateways. */
export const knexFleetReaders = (db: Knex): FleetReaders => ({
  fileSystem: (account, id) =>
    query(() => fileSystemsIn(db, account).where({ id }).first()).andThen((row) =>
      row === undefined
        ? errAsync<never, NotFound>(NOT_FOUND)
        : okAsync({ fileSystem: fileSystemOf(row), secret: fileSystemSecretOf(row) }),
    ),
  buriedFileSystem: (account, id) =>
    query(() => db('file_systems').where({ account_id: account, id, phase: 'deleted' }).first()).andThen(
      (row) => (row === undefined ? errAsync<never, NotFound>(NOT_FOUND) : okAsync(fileSystemOf(row))),
    ),
  fileSystemsOf: (account, page) =>
    query(() => fileSystemsIn(db, account).modify(keyset('id', page))).map((rows: unknown[]) =>
      pageOf(rows.map(fileSystemOf), page.size, ({ id }) => id),
    ),
  allFileSystems: (page) =>
    query(() => livingFileSystems(db).modify(keyset('id', page))).map((rows: unknown[]) =>
      pageOf(rows.map(fileSystemOf), page.size, ({ id }) => id),
    ),
  gateway: (account, id) =>
    query(() => gatewaysIn(db, account).where({ id }).first()).andThen((row) =>
      row === undefined ? errAsync<never, NotFound>(NOT_FOUND) : okAsync(gatewayOf(row)),
    ),
  gatewaysOf: (account, page) =>
    query(() => gatewaysIn(db, account).modify(keyset('id', page))).map((rows: unknown[]) =>
      pageOf(rows.map(gatewayOf), page.size, ({ id }) => id),
    ),
  gatewaysByToken: (tokens) =>
    query(() => db('gateways').whereRaw('provision_token = any(?)', [[...tokens]])).map((rows: unknown[]) =>
      rows.map(gatewayOf),
    ),
  gatewaysWithout: ({ provider, hostId = '' }, tokens, limit) =>
    query(() =>
      db('gateways')
        .where({ provider })
        .whereRaw(`coalesce(host_id, '') = ?`, [hostId])
        .whereIn('phase', ['ready', 'degraded', 'stopped'])
        .whereNotNull('ref')
        .whereRaw(
          'not exists (select 1 from unnest(cast(? as text[])) t(token) where token = provision_token)',
          [[...tokens]],
        )
        .limit(limit),
    ).map((rows: unknown[]) => rows.map(gatewayOf)),
});
