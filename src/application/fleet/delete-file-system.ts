import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { FileSystem } from '../../domain/fleet/file-system.js';
import { moveFileSystem } from '../../domain/fleet/lifecycle.js';
import { discard, remove } from '../../domain/fleet/wishes.js';
import type { Member } from '../../domain/shared/principal.js';
import type { Instant } from '../../domain/shared/time.js';
import type { FleetTx } from '../../ports/fleet/unit-of-work.js';
import type { StaleVersion, Unavailable } from '../../ports/shared/failure.js';
import { byCaller } from '../shared/record.js';
import type { FleetDeps } from './deps.js';
import { saveFileSystem } from './save.js';
import { follow } from './set-desired.js';

type Ending = {
  readonly wish: (fileSystem: FileSystem, at: Instant) => FileSystem;
  readonly action: 'file_system.delete' | 'file_system.discard';
};

const ending =
  ({ wish, action }: Ending) =>
  ({ fleet }: FleetDeps) =>
  (id: string, member: Member) =>
    fleet.run((tx) =>
      safeTry(async function* () {
        const { accountId, at } = member;
        const current = yield* tx.fileSystems.get(accountId, id);
        const wished = wish(current, at);
        if (wished === current) return ok(undefined);
        const saved = yield* saveFileSystem(tx, current, wished, at);
        yield* tx.audit.record(byCaller(member, { accountId, action, target: id }));
        if (saved.gatewayId === undefined) return buryFileSystem(tx, saved, at);
        const gateway = yield* tx.gateways.get(accountId, saved.gatewayId);
        yield* follow(tx, gateway, member);
        return ok(undefined);
      }),
    );

/** It goes: drained first when somebody serves it, at once when nobody does. Repeatable until it is gone. */
export const deleteFileSystem = ending({ wish: remove, action: 'file_system.delete' });

/**
 * The way out where what was written cannot be brought to the bucket: it goes with all that is not there yet. Also for
 * one that is being deleted already.
 */
export const discardFileSystem = ending({
  wish: (fileSystem, at) => (fileSystem.phase === 'discarding' ? fileSystem : discard(fileSystem, at)),
  action: 'file_system.discard',
});

/** The tombstone, and with it all that the file system held. */
const buryFileSystem = (
  tx: FleetTx,
  fileSystem: FileSystem,
  at: Instant,
): ResultAsync<void, StaleVersion | Unavailable> =>
  saveFileSystem(tx, fileSystem, moveFileSystem(fileSystem, 'delete', { phase: 'deleted', at }), at).andThen(
    () => letGo(tx, fileSystem),
  );

/** The source may be deleted from now on, and another file system may take the place of this one. */
export const letGo = (tx: FleetTx, { accountId, source, id }: FileSystem): ResultAsync<void, Unavailable> =>
  okAsync<void, Unavailable>(undefined)
    .andThen(() => tx.mounts.unmount(accountId, source, id))
    .andThen(() => tx.quota.release(accountId, 'file_systems', 1));
