import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Connection } from '../../../domain/storage/connection.js';
import { NOT_FOUND, type NotFound, type StaleVersion } from '../../../ports/shared/failure.js';
import type { ConnectionMounted, Connections } from '../../../ports/storage/unit-of-work.js';
import { tableWithPrivateColumns } from '../kit/private-columns.js';
import type { MemoryTx } from '../kit/store.js';
import { type ConnectionRow, type MountRow, splitConnection, TABLES } from './rows.js';

const stale = (id: string): StaleVersion => ({ kind: 'stale_version', id });

/** Connections on one unit. */
export const memoryConnections = (tx: MemoryTx): Connections => {
  const connections = tableWithPrivateColumns(tx, TABLES.connections, splitConnection);
  const owned = (account: AccountId, id: string): ResultAsync<Connection, NotFound> =>
    connections
      .find(id)
      .andThen((connection) =>
        connection?.accountId === account ? okAsync(connection) : errAsync(NOT_FOUND),
      );
  const isMounted = (id: string): ResultAsync<boolean, never> =>
    tx
      .table<MountRow>(TABLES.mounts)
      .all()
      .map((mounts) => mounts.some(({ connectionId }) => connectionId === id));
  return {
    get: owned,
    add: (connection, secret) => connections.insert(connection, { secret }),
    save: ({ id, version, accountId, status, updatedAt }) =>
      owned(accountId, id)
        .mapErr(() => stale(id))
        .andThen((current) => connections.update({ ...current, version, status, updatedAt })),
    remove: ({ id, version, accountId }) =>
      owned(accountId, id)
        .mapErr(() => stale(id))
        .andThen((current) => (current.version === version ? isMounted(id) : errAsync(stale(id))))
        .andThen((mounted) =>
          mounted
            ? errAsync<void, ConnectionMounted>({ kind: 'connection_mounted' })
            : tx.table<ConnectionRow>(TABLES.connections).remove(id),
        ),
  };
};
