import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { DesiredStatus, FileSystem } from '../../domain/fleet/file-system.js';
import type { Gateway, GatewayProvider } from '../../domain/fleet/gateway.js';
import { newGateway } from '../../domain/fleet/make.js';
import { join, mirrored, wish } from '../../domain/fleet/wishes.js';
import type { Member } from '../../domain/shared/principal.js';
import type { NotEntitled } from '../../ports/fleet/entitlements.js';
import type { ProviderAbsent } from '../../ports/fleet/providers.js';
import type { FleetTx } from '../../ports/fleet/unit-of-work.js';
import type { NotFound, StaleVersion, Unavailable } from '../../ports/shared/failure.js';
import { byCaller } from '../shared/record.js';
import { memberRefused } from '../shared/refused.js';
import type { FleetDeps } from './deps.js';
import { stateEvent } from './events.js';
import { mayRun } from './may-run.js';
import { chooseByRegion } from './offers.js';
import { saveFileSystem, saveGateway, takeRunning } from './save.js';

/** It is being deleted, which nothing takes back. */
export type FileSystemTerminating = { readonly kind: 'file_system_terminating' };

/**
 * The owner's wish that a file system run or be stopped. A detached one that is to run gets a gateway of its own.
 * The wish it has already: nothing happens, unless it failed and is to be tried again.
 */
export const setDesired = (deps: FleetDeps) => (id: string, desired: DesiredStatus, member: Member) =>
  memberRefused(deps.fleet, member, decided(deps, id, desired, member));

const decided = (deps: FleetDeps, id: string, desired: DesiredStatus, member: Member) =>
  safeTry(async function* () {
    const { fileSystem } = yield* deps.readers.fileSystem(member.accountId, id);
    if (isIdle(fileSystem, desired)) return ok(fileSystem);
    const provider = desired === 'running' ? yield* runner(deps, fileSystem, member) : undefined;
    return deps.fleet.run((tx) =>
      safeTry(async function* () {
        yield* tx.accounts.lockLive(member.accountId);
        const current = yield* tx.fileSystems.get(member.accountId, id);
        if (current.status === 'terminating')
          return err<never, FileSystemTerminating>({ kind: 'file_system_terminating' });
        if (isIdle(current, desired)) return ok(current);
        const changed = yield* change(tx, deps, { current, desired, provider, member });
        const data = { desired_status: desired };
        const { accountId } = member;
        yield* tx.audit.record(
          byCaller(member, { accountId, action: 'file_system.update', target: id, data }),
        );
        return ok(changed);
      }),
    );
  });

const isIdle = (fileSystem: FileSystem, desired: DesiredStatus): boolean =>
  fileSystem.desired === desired && fileSystem.status !== 'failed' && fileSystem.status !== 'terminating';

/** Who would run it, if the account may have that and it can be had now. */
const runner = (
  deps: FleetDeps,
  fileSystem: FileSystem,
  member: Member,
): ResultAsync<GatewayProvider, NotFound | NotEntitled | ProviderAbsent | Unavailable> =>
  providerOf(deps, fileSystem, member).andThen((provider) =>
    mayRun(deps, member.accountId, { provider, type: fileSystem.instanceType }).map(() => provider),
  );

const providerOf = (
  { readers, providers }: FleetDeps,
  { gatewayId, region, instanceType: type }: FileSystem,
  member: Member,
): ResultAsync<GatewayProvider, NotFound | Unavailable> =>
  gatewayId === undefined
    ? okAsync(
        chooseByRegion(providers, region, type)
          .map(({ provider }) => provider)
          .unwrapOr('local'),
      )
    : readers.gateway(member.accountId, gatewayId).map(({ provider }) => provider);

type Change = {
  readonly current: FileSystem;
  readonly desired: DesiredStatus;
  readonly provider: GatewayProvider | undefined;
  readonly member: Member;
};

const change = (tx: FleetTx, deps: FleetDeps, { current, desired, provider, member }: Change) =>
  safeTry(async function* () {
    const { at, accountId } = member;
    if (current.gatewayId === undefined) {
      const gateway = ownGateway(deps, current, provider ?? 'local', member);
      yield* tx.quota.take(accountId, 'gateways', 1, at);
      yield* takeRunning(tx, current, at);
      yield* tx.gateways.add(gateway, at);
      yield* tx.events.append(stateEvent(gateway, at));
      return saveFileSystem(tx, current, join(current, gateway, at), at);
    }
    const gateway = yield* tx.gateways.get(accountId, current.gatewayId);
    if (desired === 'running') yield* takeRunning(tx, current, at);
    const saved = yield* saveFileSystem(tx, current, wish(current, desired, gateway, at), at);
    yield* follow(tx, gateway, member);
    return ok(saved);
  });

const ownGateway = (
  { ids }: FleetDeps,
  { accountId, region, instanceType: type }: FileSystem,
  provider: GatewayProvider,
  { at }: Member,
): Gateway => newGateway({ id: ids.next(), accountId, provider, region, type, auto: true, at });

/** The gateway takes up what is wished of its file systems now, and the reconciler hears of it. */
export const follow = (
  tx: FleetTx,
  gateway: Gateway,
  { at }: Pick<Member, 'at'>,
): ResultAsync<void, StaleVersion | Unavailable> =>
  tx.fileSystems
    .on(gateway.accountId, gateway.id)
    .andThen((fileSystems) => saveGateway(tx, gateway, mirrored(gateway, fileSystems, at), at))
    .andThen(() => tx.gateways.wake(gateway.id, at));
