import { rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { err, ok, type Result } from 'neverthrow';
import { instant } from '../../domain/shared/time.js';
import type { Instance, InstanceSpec, Instances, ProviderRefused } from '../../ports/fleet/providers.js';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import { dirtyOnDisk } from './cache-files.js';
import { call, underLock } from './calls.js';
import { endChild, foundChild } from './child.js';
import { dirtyOf } from './dirty.js';
import { privateDirectory, syncDirectory, writeRecord } from './files.js';
import { type Found, moveInstance, ownInstance, readInstance, settleInstance } from './instance.js';
import type { Keeper } from './keeper.js';
import { exportPlaces, instancePlace, instancePlaces, isPlainName, type SpecRecord } from './records.js';
import { GONE } from './supervisor.js';

const STOP_PATIENCE_MS = 3_000;
const STOP_POLL_MS = 250;

const refused = (reason: string) => err<never, ProviderRefused>({ kind: 'provider_refused', reason });

const viewOf = ({ spec, state }: Found): Instance => ({
  ref: spec.token,
  token: spec.token,
  deployment: spec.deployment,
  state: state.state,
  since: instant(state.since),
  createdAt: instant(spec.createdAt),
});

/** Prices may change between two asks; what it is may not. */
const isSame = (record: SpecRecord, spec: InstanceSpec): boolean =>
  record.gatewayId === spec.gatewayId &&
  record.region === spec.region &&
  record.type === spec.type.name &&
  record.deployment === spec.deployment;

/** Its directory is its being: the spec is on the disk before any process is. */
const made = async ({ stateDir, options }: Keeper, spec: InstanceSpec, token: string): Promise<Found> => {
  const place = instancePlace(stateDir, token);
  const createdAt = options.clock.now();
  const { gatewayId, region, deployment, type } = spec;
  const record = {
    token,
    gatewayId,
    region,
    deployment,
    type: type.name,
    cacheBytes: type.cacheBytes,
    createdAt,
  };
  await privateDirectory(place.exports);
  await writeRecord(place.spec, record);
  await syncDirectory(stateDir);
  return { place, spec: record, state: { state: 'running', since: createdAt } };
};

const ensured = async (
  keeper: Keeper,
  spec: InstanceSpec,
  token: string,
): Promise<Result<Instance, ProviderRefused | Unavailable>> => {
  const { deployment } = keeper.options;
  if (!isPlainName(token)) return refused('the token cannot be the name of a directory');
  if (spec.deployment !== deployment) return refused(`this host works for the deployment ${deployment}`);
  return underLock<Instance, ProviderRefused>(keeper, token, async () => {
    const there = await readInstance(instancePlace(keeper.stateDir, token));
    if (there && !isSame(there.spec, spec)) return refused('the token was used for another instance');
    return ok(viewOf(there ?? (await made(keeper, spec, token))));
  });
};

/** Leads an instance of ours to a state, under its lock. */
const led = (opened: Promise<Keeper>, ref: string, lead: (keeper: Keeper, found: Found) => Promise<void>) =>
  call<void, NotFound | Unavailable>(async () => {
    const keeper = await opened;
    return underLock<void, NotFound>(keeper, ref, async () => {
      const found = await ownInstance(keeper, ref);
      if (!found) return err(NOT_FOUND);
      await lead(keeper, found);
      return ok(undefined);
    });
  });

/** Those that are clean are down when this is over; others go on to bring home what they hold. */
const stopped = async (keeper: Keeper, found: Found): Promise<void> => {
  if (found.state.state === 'stopped') return;
  await moveInstance(keeper, found, 'stopping');
  for (const end = performance.now() + STOP_PATIENCE_MS; performance.now() < end; await pause(STOP_POLL_MS)) {
    const now = await readInstance(found.place);
    if (now?.state.state !== 'stopping') return;
    await settleInstance(keeper, now);
  }
};

/** Ends its processes and looks at the disk then: what no process can change any more is certain. */
const holds = async (keeper: Keeper, found: Found): Promise<boolean> => {
  const places = await exportPlaces(found.place);
  for (const place of places) if ((await dirtyOf(place)) > 0) return true;
  for (const place of places) {
    await endChild(place, await foundChild(place));
    keeper.starts.delete(place.directory);
    if ((await dirtyOnDisk(place.cache)) > 0) return true;
  }
  return false;
};

const terminated = async (
  keeper: Keeper,
  ref: string,
): Promise<Result<void, ProviderRefused | Unavailable>> => {
  if (!isPlainName(ref)) return ok(undefined);
  const { stateDir, options } = keeper;
  const done = await underLock<void, ProviderRefused>(keeper, ref, async () => {
    const found = await readInstance(instancePlace(stateDir, ref));
    if (!found) return ok(undefined);
    if (found.spec.deployment !== options.deployment) return refused('it belongs to another deployment');
    if (await holds(keeper, found)) return refused('it holds files that are not in the bucket yet');
    const gone = join(stateDir, `${GONE}${ref}.${options.random.token(6)}`);
    await rename(found.place.directory, gone);
    await syncDirectory(stateDir);
    await rm(gone, { recursive: true, force: true });
    return ok(undefined);
  });
  if (done.isOk()) await rmdir(join(stateDir, '.locks', 'held', ref)).catch(() => undefined);
  return done;
};

/** Instances as directories of this host, with the processes that work in them. */
export const rcloneInstances = (opened: Promise<Keeper>): Instances => ({
  ensure: (spec, token) =>
    call<Instance, ProviderRefused | Unavailable>(async () => ensured(await opened, spec, token)),
  observe: (token) =>
    call<Instance | undefined, never>(async () => {
      const found = await ownInstance(await opened, token);
      return ok(found && viewOf(found));
    }),
  start: (ref) => led(opened, ref, (keeper, found) => moveInstance(keeper, found, 'running')),
  stop: (ref) => led(opened, ref, stopped),
  terminate: (ref) => call<void, ProviderRefused | Unavailable>(async () => terminated(await opened, ref)),
  list: (deployment) =>
    call<readonly Instance[], never>(async () => {
      const { stateDir } = await opened;
      const found = await Promise.all((await instancePlaces(stateDir)).map(readInstance));
      return ok(found.flatMap((one) => (one?.spec.deployment === deployment ? [viewOf(one)] : [])));
    }),
});
