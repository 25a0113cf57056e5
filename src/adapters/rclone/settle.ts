import { rm } from 'node:fs/promises';
import { SECOND } from '../../domain/shared/time.js';
import { dirtyOnDisk, openDirty } from './cache-files.js';
import { endChild, foundChild, launch } from './child.js';
import { readRecord, writeRecord } from './files.js';
import type { Keeper } from './keeper.js';
import { logIn, logOut } from './logins.js';
import { takePort } from './ports.js';
import { type ChildRecord, type ExportPlace, ExportRecord } from './records.js';
import { queuedIn } from './remote-control.js';

/** Clients that are at writing a file may end it, but not hold everything up. */
const GRACE = 30 * SECOND;
const LONGEST_PAUSE = 60 * SECOND;
/** One that ran this long is not one that falls again and again. */
const STEADY = 2 * LONGEST_PAUSE;

type Serving = { readonly place: ExportPlace; readonly record: ExportRecord };

/** One that falls again and again is left lying longer each time. */
const mayStart = ({ starts, options }: Keeper, { directory }: ExportPlace): boolean => {
  const at = options.clock.now();
  const before = starts.get(directory);
  const isSteady = before === undefined || at - before.at >= STEADY;
  const count = isSteady ? 0 : before.count;
  const pause = count < 2 ? 0 : Math.min(LONGEST_PAUSE, SECOND * 2 ** (count - 2));
  if (before && at - before.at < pause) return false;
  starts.set(directory, { count: count + 1, at });
  return true;
};

/** Starts the process of an export, at its ports where they are free. */
export const startExport = async (
  keeper: Keeper,
  { place, record }: Serving,
  readOnly: boolean,
): Promise<void> => {
  if (!mayStart(keeper, place)) return;
  const { options } = keeper;
  const held = await keeper.promised(place.directory);
  const port = await takePort(options.ports, options.host, held, record.port);
  const controlPort = await takePort(options.ports, '127.0.0.1', held.add(port), record.controlPort);
  const placed: ExportRecord = { ...record, port, controlPort };
  if (port !== record.port || controlPort !== record.controlPort) await writeRecord(place.record, placed);
  const door = record.endpoint === undefined ? undefined : await keeper.door.port();
  await logIn(place);
  await launch(options, place, placed, { readOnly, door });
};

/** It is served for reading and writing, by a process that knows the door there is. */
const serve = async (keeper: Keeper, { place, record }: Serving, child: ChildRecord | undefined) => {
  const door = record.endpoint === undefined ? undefined : await keeper.door.port();
  const { windingSince, ...open } = record;
  if (windingSince !== undefined) await writeRecord(place.record, open);
  if (child && !child.readOnly && child.door === door) return logIn(place);
  if (child) await endChild(place, child);
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
  starts.delete(place.directory);
  if (record.mode === 'end') return rm(place.directory, { recursive: true, force: true });
  await writeRecord(place.record, { ...record, mode: 'off', windingSince: undefined });
  for (const name of SECRETS) await rm(place[name], { force: true });
};

/** No further write is taken, and what is dirty goes to the bucket; then it ends, where it is not wanted any more. */
const windDown = async (
  keeper: Keeper,
  { place, record }: Serving,
  child: ChildRecord | undefined,
  over: boolean,
): Promise<void> => {
  if (child && (await goesOn(keeper, { place, record }, child, over))) return;
  if (child) await endChild(place, child);
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
