import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type * as z from 'zod';

const isAbsent = (cause: unknown): boolean => (cause as NodeJS.ErrnoException).code === 'ENOENT';

/** What `work` comes to, or undefined where the file it asks for is not there. */
export const unlessAbsent = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw cause;
  }
};

/** For its owner alone. */
export const privateDirectory = (path: string): Promise<unknown> =>
  mkdir(path, { recursive: true, mode: 0o700 });

const synced = async (path: string, flags: string, content?: string): Promise<void> => {
  const handle = await open(path, flags, 0o600);
  try {
    if (content !== undefined) await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** The entries of a directory survive a power cut. */
export const syncDirectory = (path: string): Promise<void> => synced(path, 'r');

/** Whole or not at all, for its owner alone, and on the disk before this is over. One writer at a time. */
export const writeDurably = async (path: string, content: string): Promise<void> => {
  const fresh = `${path}.new`;
  await synced(fresh, 'w', content);
  await rename(fresh, path);
  await syncDirectory(dirname(path));
};

/** A record that this adapter wrote; undefined where there is none. Another shape is a defect. */
export const readRecord = async <S extends z.ZodType>(
  schema: S,
  path: string,
): Promise<z.output<S> | undefined> => {
  const text = await unlessAbsent(readFile(path, 'utf8'));
  return text === undefined ? undefined : schema.parse(JSON.parse(text));
};

export const writeRecord = (path: string, record: object): Promise<void> =>
  writeDurably(path, JSON.stringify(record));
