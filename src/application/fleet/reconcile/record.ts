import { ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { FileSystem } from '../../../domain/fleet/file-system.js';
import type { Gateway } from '../../../domain/fleet/gateway.js';
import { meterChange } from '../../../domain/fleet/meter.js';
import type { Rows } from '../../../domain/fleet/reflect.js';
import type { World } from '../../../domain/fleet/world.js';
import type { FleetTx } from '../../../ports/fleet/unit-of-work.js';
import type { StaleVersion, Unavailable } from '../../../ports/shared/failure.js';
import { letGo } from '../delete-file-system.js';
import type { FleetDeps } from '../deps.js';
import { instanceType } from '../offers.js';
import { saveFileSystem, saveGateway } from '../save.js';

/** Rows before and after a step, with the world that made the difference. */
export type Change = {
  readonly before: Rows;
  readonly after: Rows;
  readonly world: World;
  readonly epoch: number;
};

type Recording = ResultAsync<void, StaleVersion | Unavailable>;

const metered = (
  tx: FleetTx,
  deps: FleetDeps,
  { before: { gateway }, world }: Change,
  before: FileSystem,
  after: FileSystem,
): ResultAsync<void, Unavailable> => {
  const change = meterChange(before, after, world);
  if (change === undefined) return okAsync(undefined);
  if ('close' in change) return tx.intervals.close(after.id, change.close);
  // A type that is no longer offered has no price: what still runs on it costs nothing.
  const type = instanceType(deps.providers, gateway.provider, gateway.type);
  return tx.intervals.open({
    fileSystemId: after.id,
    accountId: after.accountId,
    label: `${gateway.region}/${gateway.type}`,
    microsPerHour: type?.microsPerHour ?? 0n,
    currency: deps.settings.currency,
    startedAt: change.open,
  });
};

const fileSystemRecorded = (
  tx: FleetTx,
  deps: FleetDeps,
  change: Change,
  before: FileSystem,
  after: FileSystem,
): Recording =>
  saveFileSystem(tx, before, after, change.world.at)
    .andThen(() => metered(tx, deps, change, before, after))
    .andThen(() => (after.phase === 'deleted' ? letGo(tx, after) : okAsync(undefined)));

const gatewayRecorded = (tx: FleetTx, before: Gateway, after: Gateway, { at }: World): Recording =>
  saveGateway(tx, before, after, at).andThen(() =>
    after.phase === 'deleted' ? tx.quota.release(after.accountId, 'gateways', 1) : okAsync(undefined),
  );

/**
 * Writes down what a step came to, in one unit, unless another worker has the gateway by now or somebody changed
 * the rows meanwhile: then nothing is written, and the next step sees what there is.
 */
export const record = (deps: FleetDeps, change: Change) =>
  deps.fleet.run((tx) =>
    safeTry(async function* () {
      const { before, after, world, epoch } = change;
      yield* tx.gateways.fence(before.gateway.id, epoch);
      for (const [i, was] of before.fileSystems.entries())
        yield* fileSystemRecorded(tx, deps, change, was, after.fileSystems[i] ?? was);
      yield* gatewayRecorded(tx, before.gateway, after.gateway, world);
      return ok(undefined);
    }),
  );
