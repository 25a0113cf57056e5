import { errAsync, ok, okAsync, safeTry } from 'neverthrow';
import type { Member } from '../../../domain/shared/principal.js';
import type { StorageTx } from '../../../ports/storage/unit-of-work.js';
import { byCaller } from '../../shared/record.js';
import type { StorageDeps } from '../deps.js';
import { type Abandoned, abandonUploads, uploadsBehind } from './abandon-uploads.js';
import { connectionEvent } from './create-connection.js';

/**
 * Forgets the connection and its credentials; the customer's bucket and what is in it stay as they are. Uploads
 * that are open there are aborted first, since nobody can do so later; a store that is away does not keep the
 * connection, and the audit says how many may be left. Jobs that still work through it find nothing and end.
 */
export const deleteConnection = (deps: StorageDeps) => (id: string, member: Member) =>
  safeTry(async function* () {
    const { accountId } = member;
    const uploads = yield* uploadsBehind(deps, accountId, id);
    if (uploads.length === 0) return deps.storage.run((tx) => remove(tx, id, member));
    yield* rehearsed(deps, id, member);
    const abandoned = yield* abandonUploads(deps, accountId, id, uploads);
    return deps.storage.run((tx) => remove(tx, id, member, abandoned));
  });

const remove = (tx: StorageTx, id: string, member: Member, uploads?: Abandoned) =>
  safeTry(async function* () {
    const { accountId, at } = member;
    const current = yield* tx.connections.get(accountId, id);
    yield* tx.connections.remove(current);
    yield* tx.quota.release(accountId, 'connections', 1);
    const gone = { ...current, version: current.version + 1, updatedAt: at };
    yield* tx.events.append(connectionEvent(gone, 'connection.deleted'));
    const data = uploads && { uploadsAborted: uploads.aborted, uploadsLeft: uploads.left };
    yield* tx.audit.record(byCaller(member, { accountId, action: 'connection.delete', target: id, data }));
    return ok(undefined);
  });

const REHEARSED = { kind: 'rehearsed' } as const;

/** Whether it would be deleted now, found out by doing so and undoing it: nothing is aborted behind one that stays. */
const rehearsed = ({ storage }: StorageDeps, id: string, member: Member) =>
  storage
    .run((tx) => remove(tx, id, member).andThen(() => errAsync(REHEARSED)))
    .orElse((failure) => (failure.kind === 'rehearsed' ? okAsync(undefined) : errAsync(failure)));
