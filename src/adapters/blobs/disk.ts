import { open, unlink } from 'node:fs/promises';
import { err, ok, ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { StoreFull } from '../../ports/storage/object-store.js';

/** The code of a failed system call; undefined when something else was thrown. */
export const errnoOf = (cause: unknown): string | undefined => {
  const { code, syscall } = (cause ?? {}) as { code?: unknown; syscall?: unknown };
  return typeof code === 'string' && typeof syscall === 'string' ? code : undefined;
};

/** What the disk refuses is a value; anything else thrown is a defect and passes through. */
export const onDisk = <T>(run: () => Promise<T>): ResultAsync<T, StoreFull | Unavailable> =>
  new ResultAsync(
    (async () => {
      try {
        return ok(await run());
      } catch (cause) {
        const code = errnoOf(cause);
        if (code === undefined) throw cause;
        if (code === 'ENOSPC' || code === 'EDQUOT') return err({ kind: 'store_full' as const });
        return err({ kind: 'unavailable' as const, dependency: 'disk', cause });
      }
    })(),
  );

/** The same where nothing is written that could need room. */
export const onDiskFreeing = <T>(run: () => Promise<T>): ResultAsync<T, Unavailable> =>
  onDisk(run).mapErr((failure) =>
    failure.kind === 'store_full' ? { kind: 'unavailable', dependency: 'disk', cause: failure } : failure,
  );

const GONE = ['ENOENT'];

/** Undefined instead of a throw when the thing is not there: another process was quicker. */
export const unlessGone = async <T>(
  work: Promise<T>,
  codes: readonly string[] = GONE,
): Promise<T | undefined> => {
  try {
    return await work;
  } catch (cause) {
    if (codes.includes(errnoOf(cause) ?? '')) return undefined;
    throw cause;
  }
};

/** Removes a name; one that is gone already is success. */
export const removeFile = async (path: string): Promise<void> => {
  await unlessGone(unlink(path));
};

/** Makes the names in a directory survive a power loss. */
export const syncDirectory = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
