import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { FileSystem } from '../../domain/fleet/file-system.js';
import type { Gateway } from '../../domain/fleet/gateway.js';
import { abandoned, isLeaving, join, leave, mirrored } from '../../domain/fleet/wishes.js';
import type { Member } from '../../domain/shared/principal.js';
import type { FleetTx } from '../../ports/fleet/unit-of-work.js';
import type { NotFound, StaleVersion, Unavailable } from '../../ports/shared/failure.js';
import { byCaller } from '../shared/record.js';
import { memberRefused } from '../shared/refused.js';
import type { FleetDeps } from './deps.js';
import { mayRun } from './may-run.js';
import { saveFileSystem, saveGateway, takeRunning } from './save.js';
import { follow } from './set-desired.js';

/** Another gateway serves it, or still holds it: it must be detached, or stopped on a gateway of its own. */
export type FileSystemAttached = { readonly kind: 'file_system_attached' };
export type FileSystemNotAttached = { readonly kind: 'file_system_not_attached' };
/** What is being deleted takes nothing on. */
export type GatewayTerminating = { readonly kind: 'gateway_terminating' };

/** The gateway serves the file system from now on. One that it serves already: nothing happens. */
export const attachFileSystem = (deps: FleetDeps) => (gatewayId: string, id: string, member: Member) =>
  memberRefused(
    deps.fleet,
    member,
    safeTry(async function* () {
      const { accountId } = member;
      const gateway = yield* deps.readers.gateway(accountId, gatewayId);
      const { fileSystem } = yield* deps.readers.fileSystem(accountId, id);
      if (isOn(gateway, fileSystem)) return ok(undefined);
      yield* mayRun(deps, accountId, gateway);
      return intend(deps, gatewayId, id, member);
    }),
  );

const isOn = ({ id }: Gateway, fileSystem: FileSystem): boolean =>
  fileSystem.gatewayId === id && !isLeaving(fileSystem);

const intend = ({ fleet }: FleetDeps, gatewayId: string, id: string, member: Member) =>
  fleet.run((tx) =>
    safeTry(async function* () {
      const { accountId } = member;
      yield* tx.accounts.lockLive(accountId);
      const gateway = yield* tx.gateways.get(accountId, gatewayId);
      const current = yield* tx.fileSystems.get(accountId, id);
      return isOn(gateway, current) ? ok(undefined) : attach(tx, gateway, current, member);
    }),
  );

const attach = (tx: FleetTx, gateway: Gateway, current: FileSystem, member: Member) =>
  safeTry(async function* () {
    const { accountId, at } = member;
    if (gateway.status === 'terminating')
      return err<never, GatewayTerminating>({ kind: 'gateway_terminating' });
    const left = yield* freed(tx, current);
    if (!left.free) return err<never, FileSystemAttached>({ kind: 'file_system_attached' });
    yield* takeRunning(tx, current, at);
    const joined = join(current, gateway, at);
    yield* saveFileSystem(tx, current, joined, at);
    yield* taken(tx, gateway, joined, member);
    if (left.gateway) yield* orphaned(tx, left.gateway, member);
    const data = { fileSystemId: current.id };
    const deed = { accountId, action: 'gateway.attach', target: gateway.id, data };
    yield* tx.audit.record(byCaller(member, deed));
    return ok(undefined);
  });

type Freed = { readonly free: boolean; readonly gateway?: Gateway | undefined };

const freed = (tx: FleetTx, current: FileSystem): ResultAsync<Freed, NotFound | Unavailable> => {
  if (current.status !== 'stopped') return okAsync({ free: false });
  if (current.gatewayId === undefined) return okAsync({ free: true });
  return tx.gateways
    .get(current.accountId, current.gatewayId)
    .map((gateway) => ({ free: gateway.auto, gateway }));
};

/** The gateway's row changes in any case: who deletes it at the same moment finds out. */
const taken = (
  tx: FleetTx,
  gateway: Gateway,
  joined: FileSystem,
  { at }: Member,
): ResultAsync<void, StaleVersion | Unavailable> =>
  saveGateway(tx, gateway, { ...mirrored(gateway, [joined], at), updatedAt: at }, at).andThen(() =>
    tx.gateways.wake(gateway.id, at),
  );

const orphaned = (
  tx: FleetTx,
  gateway: Gateway,
  { at }: Member,
): ResultAsync<void, StaleVersion | Unavailable> =>
  tx.fileSystems
    .on(gateway.accountId, gateway.id)
    .andThen((left) => saveGateway(tx, gateway, abandoned(gateway, left, at), at))
    .andThen(() => tx.gateways.wake(gateway.id, at));

/** The gateway serves it no more, once what it holds of it is in the bucket. Repeatable until it has let go. */
export const detachFileSystem =
  ({ fleet }: FleetDeps) =>
  (gatewayId: string, fileSystemId: string, member: Member) =>
    fleet.run((tx) =>
      safeTry(async function* () {
        const { accountId, at } = member;
        const gateway = yield* tx.gateways.get(accountId, gatewayId);
        const current = yield* tx.fileSystems.get(accountId, fileSystemId);
        if (current.gatewayId !== gatewayId)
          return err<never, FileSystemNotAttached>({ kind: 'file_system_not_attached' });
        const leaving = leave(current, at);
        if (leaving === current) return ok(undefined);
        yield* saveFileSystem(tx, current, leaving, at);
        yield* follow(tx, gateway, member);
        const data = { fileSystemId };
        yield* tx.audit.record(
          byCaller(member, { accountId, action: 'gateway.detach', target: gatewayId, data }),
        );
        return ok(undefined);
      }),
    );
