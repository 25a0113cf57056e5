import { changedOnDisk, dirtyOnDisk, openDirty } from './cache-files.js';
import { childOf } from './child.js';
import { readRecord } from './files.js';
import { type ExportPlace, ExportRecord } from './records.js';
import { queuedIn } from './remote-control.js';

/**
 * Files whose bytes are not in the bucket: as the process that holds them tells, or as the disk does where none
 * answers. One that is to take no more writes, and still does, is never clean.
 */
export const dirtyOf = async (place: ExportPlace): Promise<number> => {
  const record = await readRecord(ExportRecord, place.record);
  const child = record && (await childOf(place));
  if (!record || !child) return dirtyOnDisk(place.cache);
  const queued = (await queuedIn(place, record)) ?? (await dirtyOnDisk(place.cache));
  const isWinding = record.mode === 'drain' || record.mode === 'end';
  // What could not be queued when it began is not home either: the disk has the last word on nothing.
  // Over NFS a file is closed before rclone has heard of it, and stays open as long as its client likes.
  const onDisk = child.nfs ? changedOnDisk : dirtyOnDisk;
  if (!isWinding || child.readOnly) return queued === 0 ? onDisk(place.cache) : queued;
  return Math.max(1, queued + (await openDirty(child.pid, place.cache)));
};
