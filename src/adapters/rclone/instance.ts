import { trimLogs } from './child.js';
import { readRecord, writeRecord } from './files.js';
import type { Keeper } from './keeper.js';
import {
  type ExportPlace,
  ExportRecord,
  exportPlaces,
  type InstancePlace,
  instancePlace,
  isPlainName,
  SpecRecord,
  StateRecord,
} from './records.js';
import { settleExport } from './settle.js';

export type Found = { readonly place: InstancePlace; readonly spec: SpecRecord; readonly state: StateRecord };

/** An instance of any deployment, as the disk tells; undefined where there is none. */
export const readInstance = async (place: InstancePlace): Promise<Found | undefined> => {
  const spec = await readRecord(SpecRecord, place.spec);
  if (!spec) return undefined;
  const state = await readRecord(StateRecord, place.state);
  return { place, spec, state: state ?? { state: 'running', since: spec.createdAt } };
};

/** An instance of this deployment by its name. */
export const ownInstance = async ({ options, stateDir }: Keeper, ref: string): Promise<Found | undefined> => {
  if (!isPlainName(ref)) return undefined;
  const found = await readInstance(instancePlace(stateDir, ref));
  return found?.spec.deployment === options.deployment ? found : undefined;
};

export const moveInstance = async (
  { options }: Keeper,
  { place, state }: Found,
  to: StateRecord['state'],
): Promise<void> => {
  if (state.state !== to) await writeRecord(place.state, { state: to, since: options.clock.now() });
};

export type ServedExport = { readonly place: ExportPlace; readonly record: ExportRecord };

/** The exports that are served or on their way down. */
export const servedExports = async (place: InstancePlace): Promise<readonly ServedExport[]> => {
  const found = [];
  for (const one of await exportPlaces(place)) {
    const record = await readRecord(ExportRecord, one.record);
    if (record && record.mode !== 'off') found.push({ place: one, record });
  }
  return found;
};

const settleOne = async (keeper: Keeper, place: ExportPlace, isUp: boolean): Promise<void> => {
  try {
    await settleExport(keeper, place, isUp);
    await trimLogs(place);
  } catch (cause) {
    // The others are looked after all the same, and this one again in a moment.
    keeper.options.log?.(`gateway ${place.token}, ${place.fileSystemId}: ${(cause as Error).message}`);
  }
};

/** One step of all exports of an instance, and of the instance with them. Call it under its lock. */
export const settleInstance = async (keeper: Keeper, found: Found): Promise<void> => {
  const isUp = found.state.state === 'running';
  for (const place of await exportPlaces(found.place)) await settleOne(keeper, place, isUp);
  if (found.state.state === 'stopping' && (await servedExports(found.place)).length === 0)
    await moveInstance(keeper, found, 'stopped');
};
