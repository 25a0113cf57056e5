import { statfs } from 'node:fs/promises';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { StoreFull } from '../../ports/storage/object-store.js';
import { onDiskFreeing } from './disk.js';

/** Refuses when `bytes` more would leave less than the floor. */
export type Room = (bytes: number) => ResultAsync<void, StoreFull | Unavailable>;

const FRESH_MS = 1_000;

/**
 * PostgreSQL lives on the same disk and stops when it is full, so objects stop earlier. The figure may
 * be a second old: the floor is a margin, and ENOSPC stands behind it.
 */
export const roomIn = (directory: string, floor: number, clock: Clock): Room => {
  let known: { readonly at: Instant; readonly free: number } | undefined;
  const free = (): ResultAsync<number, Unavailable> => {
    const at = clock.now();
    if (known && at - known.at < FRESH_MS && at >= known.at) return okAsync(known.free);
    return onDiskFreeing(() => statfs(directory)).map(({ bavail, bsize }) => {
      known = { at, free: bavail * bsize };
      return known.free;
    });
  };
  return (bytes) =>
    free().andThen((left) =>
      left - bytes < floor ? errAsync({ kind: 'store_full' as const }) : okAsync(undefined),
    );
};
