import type { Instant } from '../shared/time.js';
import type { FileSystem } from './file-system.js';
import type { World } from './world.js';

const METERED: readonly FileSystem['status'][] = ['running', 'scaling', 'terminating'];

/** It is served, and its owner has it: not before it runs, and not once it failed. */
export const isMetered = ({ served, status }: FileSystem): boolean =>
  served !== undefined && METERED.includes(status);

/** When what was served ended, as far as anybody saw. */
const endOf = (before: FileSystem, { downSince, exports, at, seenAt }: World): Instant => {
  if (downSince !== undefined) return downSince;
  const orderly = before.phase === 'stopping' || exports.has(before.id);
  return orderly ? at : (seenAt ?? at);
};

export type MeterChange = { readonly open: Instant } | { readonly close: Instant };

/** What a change of a file system means for the hours that are counted; undefined: they go on as they did. */
export const meterChange = (before: FileSystem, after: FileSystem, world: World): MeterChange | undefined => {
  if (isMetered(after) === isMetered(before)) return undefined;
  return isMetered(after) ? { open: world.at } : { close: endOf(before, world) };
};
