import { ok, safeTry } from 'neverthrow';
import type { Member } from '../../../domain/shared/principal.js';
import { byCaller } from '../../shared/record.js';
import type { StorageDeps } from '../deps.js';
import { connectionEvent } from './create-connection.js';

/**
 * Forgets the connection and its credentials; the customer's bucket and what is in it stay as they are. Jobs that
 * still work through it find nothing and end.
 */
export const deleteConnection =
  ({ storage }: StorageDeps) =>
  (id: string, member: Member) =>
    storage.run((tx) =>
      safeTry(async function* () {
        const { accountId, at } = member;
        const current = yield* tx.connections.get(accountId, id);
        yield* tx.connections.remove(current);
        yield* tx.quota.release(accountId, 'connections', 1);
        const gone = { ...current, version: current.version + 1, updatedAt: at };
        yield* tx.events.append(connectionEvent(gone, 'connection.deleted'));
        yield* tx.audit.record(byCaller(member, { accountId, action: 'connection.delete', target: id }));
        return ok(undefined);
      }),
    );
