import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { unlessAbsent } from './files.js';
import { filesWithout } from './grep.js';
import { openFilesBelow } from './processes.js';

/**
 * How rclone keeps its cache: the bytes of each file below `vfs`, and below `vfsMeta`, at the same place, what it
 * knows of them. `Dirty` is written before the first byte, `Size` when the writer has closed the file.
 */
const Meta = z.object({ Dirty: z.boolean(), Size: z.number() });

export type CachedFile = { readonly path: string; readonly meta: string; readonly data: string };
type Judged = CachedFile & { readonly state: 'clean' | 'dirty' | 'unfinished' };

const DATA = 'vfs';
const META = 'vfsMeta';
const CLEAN = '"Dirty": false';

/** What rclone has in its cache and does not say to be in the bucket: a few of its many files. */
export const changedFiles = async (cache: string): Promise<readonly CachedFile[]> => {
  const root = join(cache, META);
  return (await filesWithout(CLEAN, root)).map((meta) => {
    const path = meta.slice(root.length);
    return { path, meta, data: join(cache, DATA, path) };
  });
};

/** What rclone knows of a file; undefined where that cannot be read. */
export const metaOf = async (path: string): Promise<z.output<typeof Meta> | undefined> => {
  const text = await unlessAbsent(readFile(path, 'utf8'));
  try {
    return Meta.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined; // torn by a crash while it was written: nobody knows what it said
  }
};

/** A file whose writer never came to its end has another size than the one written down; no client was told that it is kept. */
export const judged = async (file: CachedFile): Promise<Judged> => {
  const [meta, data] = [await metaOf(file.meta), await unlessAbsent(stat(file.data))];
  if (meta && !meta.Dirty) return { ...file, state: 'clean' };
  if (!meta) return { ...file, state: data ? 'dirty' : 'unfinished' };
  return { ...file, state: data?.size === meta.Size ? 'dirty' : 'unfinished' };
};

const countOf = async (cache: string, states: readonly Judged['state'][]): Promise<number> => {
  let count = 0;
  for (const file of await changedFiles(cache)) if (states.includes((await judged(file)).state)) count += 1;
  return count;
};

/** Files that are not in the bucket, as the disk tells: true while nothing writes. */
export const dirtyOnDisk = (cache: string): Promise<number> => countOf(cache, ['dirty']);

/** Files that somebody is at writing, or whose end rclone has not written down yet. */
export const unfinishedOnDisk = (cache: string): Promise<number> => countOf(cache, ['unfinished']);

/** Both: all that was changed and is not in the bucket. */
export const changedOnDisk = (cache: string): Promise<number> => countOf(cache, ['dirty', 'unfinished']);

/**
 * Forgets files that were being written when their writer died. rclone would send what there is of them, in place
 * of the whole object that the bucket may have. Only while nothing runs on this cache.
 */
export const dropUnfinished = async (cache: string): Promise<void> => {
  for (const file of await changedFiles(cache)) {
    if ((await judged(file)).state !== 'unfinished') continue;
    await rm(file.data, { force: true });
    await rm(file.meta, { force: true });
  }
};

/** Files that a running process has open and that are changed: somebody may be at writing them. */
export const openDirty = async (pid: number, cache: string): Promise<number> => {
  const root = join(cache, DATA);
  const open = new Set(await openFilesBelow(pid, root));
  const metas = await Promise.all(
    [...open].map((data) => metaOf(join(cache, META, data.slice(root.length)))),
  );
  return metas.filter((meta) => meta?.Dirty !== false).length;
};
