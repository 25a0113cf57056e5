import { rm } from 'node:fs/promises';
import { SECOND } from '../../domain/shared/time.js';
import { dirtyOnDisk, openDirty } from './cache-files.js';
import { endChild, foundChild, launch } from './child.js';
import { readRecord, writeRecord } from './files.js';
import { adoptGanesha, beginGanesha, endGanesha, hasGanesha } from './ganesha.js';
import type { Keeper } from './keeper.js';
import { logIn, logOut } from './logins.js';
import { takePorts } from './ports.js';
import { type ChildRecord, type ExportPlace, ExportRecord } from './records.js';
import { queuedIn } from './remote-control.js';

/** Clients that are at writing a file may end it, but not hold everything up. */
const GRACE = 30 * SECOND;
const LONGEST_PAUSE = 60 * SECOND;
/** One that ran this long is not one that falls again and again. */
const STEADY = 2 * LONGEST_PAUSE;

type Serving = { readonly place: ExportPlace; readonly record: ExportRecord };

/** One that falls again and again is left lying longer each time. */
const mayStart = ({ starts, options }: Keeper, directory: string): boolean => {
  const at = options.clock.now();
  const before = starts.get(directory);
  const isSteady = before === undefined || at - before.at >= STEADY;
  const count = isSteady ? 0 : before.count;
  const pause = count < 2 ? 0 : Math.min(LONGEST_PAUSE, SECOND * 2 ** (count - 2));
  if (before && at - before.at < pause) return false;
  starts.set(directory, { count: count + 1, at });
  return true;
};

/** Shows over NFS what the child serves, where that is wanted and not done. */
const serveNfs = async (
  keeper: Keeper,
  { place, record }: Serving,
  child: ChildRecord | undefined,
): Promise<void> => {
  const { nfs: means, log } = keeper.options;
  if (!means || !child?.nfs || (await adoptGanesha(place, child))) return;
  if (!mayStart(keeper, place.nfs.directory)) return;
  if (!(await beginGanesha({ means, place, record, child })))
    log?.(`gateway ${place.token}, ${place.fileSystemId}: rclone did not mount it for NFS`);
};

const doorOf = async ({ door }: Keeper, { endpoint }: ExportRecord): Promise<number | undefined> =>
  endpoint === undefined ? undefined : door.port();

/** Starts the process of an export, at its ports where they are free. */
export const startExport = async (
  keeper: Keeper,
  { place, record }: Serving,
  readOnly: boolean,
): Promise<void> => {
  if (!mayStart(keeper, place.directory)) return;
  const { options } = keeper;
  // It shows what a dead one mounted, and has the port.
  await endGanesha(place);
  const { nfsPort: _before, ...rest } = record;
  const ports = await takePorts(options, await keeper.promised(place.directory), record);
  const placed: ExportRecord = { ...rest, ...ports };
  const { port, controlPort, nfsPort } = record;
  if (port !== placed.port || controlPort !== placed.controlPort || nfsPort !== placed.nfsPort)
    await writeRecord(place.record, placed);
  await logIn(place);
  const child = await launch(options, place, placed, { readOnly, door: await doorOf(keeper, record) });
  await serveNfs(keeper, { place, record: placed }, child);
};

/** Whether it is served for reading and writing, over NFS or not as this host does, by one that knows the door there is. */
const isAsWanted = async (keeper: Keeper, record: ExportRecord, child: ChildRecord): Promise<boolean> => {
  if (child.readOnly || (child.nfs ?? false) !== (keeper.options.nfs !== undefined)) return false;
  return child.door === (await doorOf(keeper, record));
};

/** Whether there is nothing to be done for one that is to be served. */
export const isServed = async (
  keeper: Keeper,
  { place, record }: Serving,
  child: ChildRecord,
): Promise<boolean> =>
  (await isAsWanted(keeper, record, child)) && (!child.nfs || (await hasGanesha(place, child)));

const serve = async (keeper: Keeper, { place, record }: Serving, child: ChildRecord | undefined) => {
  const { windingSince, ...open } = record;
  if (windingSince !== undefined) await writeRecord(place.record, open);
  if (child && (await isAsWanted(keeper, record, child))) {
    await logIn(place);
    return serveNfs(keeper, { place, record: open }, child);
  }
  await endChild(place, child);
  await startExport(keeper, { place, record: open }, false);
};

/** Since when no client comes in. */
const lockedOut = async ({ options }: Keeper, { place, record }: Serving): Promise<number> => {
  if (record.windingSince !== undefined) return record.windingSince;
  const windingSince = options.clock.now();
  await logOut(place);
  await writeRecord(place.record, { ...record, windingSince });
  return windingSince;
};

/**
 * Whether the process is to go on. One that takes writes ends as soon as nobody is at writing; one that takes none,
 * when it has sent all and is not wanted for reading.
 */
const goesOn = async (
  keeper: Keeper,
  serving: Serving,
  child: ChildRecord,
  over: boolean,
): Promise<boolean> => {
  const { place, record } = serving;
  if (child.readOnly) return !over || (await queuedIn(place, record)) !== 0;
  const since = await lockedOut(keeper, serving);
  const isPatient = keeper.options.clock.now() - since < GRACE;
  return isPatient && (await openDirty(child.pid, place.cache)) > 0;
};

const SECRETS = [
  'preloaded',
  'config',
  'users',
  'client',
  'controlUsers',
  'controlPassword',
  'child',
] as const;

/** All it held is home. What is cached stays for the next time, or goes with all the rest. */
const finish = async ({ starts }: Keeper, { place, record }: Serving): Promise<void> => {
  for (const directory of [place.directory, place.nfs.directory]) starts.delete(directory);
  if (record.mode === 'end') return rm(place.directory, { recursive: true, force: true });
  await writeRecord(place.record, { ...record, mode: 'off', windingSince: undefined });
  for (const name of SECRETS) await rm(place[name], { force: true });
};

/** It ends at once, and all that it holds goes with it, in the bucket or not. Call it under the lock of the instance. */
export const discardExport = async ({ starts }: Keeper, place: ExportPlace): Promise<void> => {
  await endChild(place, await foundChild(place));
  for (const directory of [place.directory, place.nfs.directory]) starts.delete(directory);
  await rm(place.directory, { recursive: true, force: true });
};

/** No further write is taken, and what is dirty goes to the bucket; then it ends, where it is not wanted any more. */
const windDown = async (
  keeper: Keeper,
  { place, record }: Serving,
  child: ChildRecord | undefined,
  over: boolean,
): Promise<void> => {
  if (child && (await goesOn(keeper, { place, record }, child, over)))
    return serveNfs(keeper, { place, record }, child);
  await endChild(place, child);
  // Nothing runs, so what the disk tells is the whole truth.
  if (over && (await dirtyOnDisk(place.cache)) === 0) return finish(keeper, { place, record });
  const now = (await readRecord(ExportRecord, place.record)) ?? record;
  await startExport(keeper, { place, record: now }, true);
};

/** One step of an export towards what is wanted of it. Call it under the lock of the instance. */
export const settleExport = async (keeper: Keeper, place: ExportPlace, isUp: boolean): Promise<void> => {
  const record = await readRecord(ExportRecord, place.record);
  if (!record || record.mode === 'off') return;
  const serving = { place, record };
  const over = !isUp || record.mode === 'end';
  if (record.refused !== undefined) return over ? finish(keeper, serving) : undefined;
  const child = await foundChild(place);
  if (isUp && record.mode === 'serve') await serve(keeper, serving, child);
  else await windDown(keeper, serving, child, over);
};
