import { ok, okAsync, type Result, safeTry } from 'neverthrow';
import type { Member } from '../../../domain/shared/principal.js';
import type { Connection, ConnectionAddress } from '../../../domain/storage/connection.js';
import { type ConnectionRequest, connectionDraft } from '../../../domain/storage/connection-spec.js';
import { type InvalidConnection, refuse } from '../../../domain/storage/told.js';
import type { Once } from '../../../ports/shared/idempotency.js';
import type { Sealed } from '../../../ports/shared/sealer.js';
import type { StorageTx } from '../../../ports/storage/unit-of-work.js';
import { claim } from '../../shared/once.js';
import { byCaller } from '../../shared/record.js';
import { memberRefused } from '../../shared/refused.js';
import type { StorageDeps } from '../deps.js';
import { secretPlace } from './store.js';

export const connectionEvent = (connection: Connection, type: string) => ({
  stream: connection.id,
  seq: connection.version,
  type,
  accountId: connection.accountId,
  data: { provider: connection.provider, status: connection.status },
  at: connection.updatedAt,
});

/** Keeps the way into a customer's bucket, its secret sealed. Nothing is asked of the store: that is a verification. */
export const createConnection =
  (deps: StorageDeps) => (input: ConnectionRequest, member: Member, once?: Once) =>
    safeTry(async function* () {
      const { address, secret } = yield* connectionDraft(input);
      const judged = yield* judgedBy(deps, address);
      const { ids, sealer, storage } = deps;
      const connection = newConnection(ids.next(), judged, member);
      const { id, accountId } = connection;
      const made = storage.runAdding((tx) =>
        safeTry(async function* () {
          const { dataKey } = yield* tx.accounts.lockLive(accountId);
          const before = yield* claim(tx, once, { ids: { connection: id } });
          if (before) return tx.connections.get(accountId, before.ids['connection'] ?? '');
          yield* add(tx, connection, sealer.seal(dataKey, accountId, secretPlace(id), secret), member);
          return okAsync(connection);
        }),
      );
      return memberRefused(storage, member, made);
    });

const judgedBy = (
  { endpoints, settings }: StorageDeps,
  address: ConnectionAddress,
): Result<ConnectionAddress, InvalidConnection> => {
  if (address.endpoint === undefined) return ok(address);
  const field = 's3_spec.endpoint';
  return endpoints
    .judge(address.endpoint)
    .mapErr(({ reason }): InvalidConnection => ({ kind: 'invalid_connection', field, reason }))
    .andThen((endpoint) =>
      settings.plainHttp || endpoint.startsWith('https://')
        ? ok({ ...address, endpoint })
        : refuse(field, 'must begin with https:// here'),
    );
};

const add = (tx: StorageTx, connection: Connection, sealed: Sealed, member: Member) =>
  safeTry(async function* () {
    const { accountId, id } = connection;
    yield* tx.quota.take(accountId, 'connections', 1, member.at);
    yield* tx.connections.add(connection, sealed);
    yield* tx.events.append(connectionEvent(connection, 'connection.created'));
    yield* tx.audit.record(byCaller(member, { accountId, action: 'connection.create', target: id }));
    return ok(undefined);
  });

const newConnection = (id: string, address: ConnectionAddress, member: Member): Connection => ({
  ...address,
  id,
  version: 1,
  accountId: member.accountId,
  status: 'pending',
  createdAt: member.at,
  updatedAt: member.at,
});
