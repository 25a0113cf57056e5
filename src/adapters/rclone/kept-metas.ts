import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { type CachedFile, changedFiles, judged, metaOf } from './cache-files.js';
import { unlessAbsent } from './files.js';

/** What rclone knew of a dirty file, and of which file that was. */
const Kept = z.object({ inode: z.number(), size: z.number(), text: z.string() });

const placeOf = (cache: string, { path }: CachedFile): string => join(cache, '..', 'kept', path);

const keptIn = async (place: string): Promise<z.output<typeof Kept> | undefined> => {
  try {
    return Kept.parse(JSON.parse((await unlessAbsent(readFile(place, 'utf8'))) ?? ''));
  } catch {
    return undefined; // it was being written when somebody died: rclone had not been started yet
  }
};

/**
 * rclone rewrites what it knows of a file in place, of each dirty one when it begins, and forgets a file of which it
 * cannot read that: killed at that moment, it would lose bytes that a client was told are kept. So what it knew is
 * kept beside, and put back where it is torn and the file is still the same one. Only while nothing runs on this cache.
 */
export const mendTorn = async (cache: string): Promise<void> => {
  for (const file of await changedFiles(cache)) {
    if (await metaOf(file.meta)) continue;
    const place = placeOf(cache, file);
    const [kept, data] = [await keptIn(place), await unlessAbsent(stat(file.data))];
    // A file that was sent and fetched anew is another one, and may have holes.
    if (!kept || kept.inode !== data?.ino || kept.size !== data.size) continue;
    await writeFile(place, kept.text, { mode: 0o600 });
    await rename(place, file.meta);
  }
};

/** Keeps what is known of dirty files, before rclone begins. */
export const keepMetas = async (cache: string): Promise<void> => {
  await rm(join(cache, '..', 'kept'), { recursive: true, force: true });
  for (const file of await changedFiles(cache)) {
    if ((await judged(file)).state !== 'dirty' || !(await metaOf(file.meta))) continue;
    const [text, data] = [await readFile(file.meta, 'utf8'), await stat(file.data)];
    const place = placeOf(cache, file);
    await mkdir(dirname(place), { recursive: true, mode: 0o700 });
    const kept: z.output<typeof Kept> = { inode: data.ino, size: data.size, text };
    await writeFile(place, JSON.stringify(kept), { mode: 0o600 });
  }
};
