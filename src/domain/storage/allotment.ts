import { MINUTE, SECOND } from '../shared/time.js';
import { NOTHING, type StorageSize, sum } from './storage-size.js';

/** Room of an account that a process has set aside for itself counts for so long after it was last heard of. */
export const LAPSES_AFTER = MINUTE;
/** Renewed when so old. */
export const RENEWED_AFTER = 20 * SECOND;
/** A process relies on what it has for less long than others count it: clocks of machines differ. */
export const RELIED_ON_FOR = 45 * SECOND;

/** The most that an account may hold; of what it may hold as much as it likes of, nothing is said. */
export type Ceiling = { readonly bytes?: number | undefined; readonly objects?: number | undefined };

const ahead = (most: number, left: number): number => Math.max(0, Math.min(most, Math.floor(left / 32)));

/**
 * What is set aside beyond what is wanted now, so that small things ask rarely: 64 MiB and 1,024 objects at the most,
 * and a thirty-second of what is left, so that others are hardly kept from the rest.
 */
export const prefetch = (ceiling: Ceiling | undefined, used: StorageSize): StorageSize => ({
  bytes: ceiling?.bytes === undefined ? 0 : ahead(64 * 1024 ** 2, ceiling.bytes - used.bytes),
  objects: ceiling?.objects === undefined ? 0 : ahead(1_024, ceiling.objects - used.objects),
});

/** Nothing is refused for being too much. */
export const isUnlimited = (ceiling: Ceiling | undefined): boolean =>
  ceiling !== undefined && ceiling.bytes === undefined && ceiling.objects === undefined;

/** Only what there is a limit of has to be set aside. Of an unknown ceiling that is all. */
export const limited = ({ bytes, objects }: StorageSize, ceiling: Ceiling | undefined): StorageSize =>
  ceiling === undefined
    ? { bytes, objects }
    : {
        bytes: ceiling.bytes === undefined ? 0 : bytes,
        objects: ceiling.objects === undefined ? 0 : objects,
      };

/** Whether there is room for `more`, beside what is used of it. What takes no room always has it. */
export const hasRoom = (room: StorageSize, used: StorageSize, more: StorageSize): boolean =>
  (more.bytes <= 0 || used.bytes + more.bytes <= room.bytes) &&
  (more.objects <= 0 || used.objects + more.objects <= room.objects);

/** What is known of an account at the moment at which room is granted. */
export type Around = {
  /** What is counted as stored. */
  readonly counted: StorageSize;
  /** What other processes have set aside. */
  readonly others: StorageSize;
  /** What this one has; undefined: nothing, or it has lapsed. */
  readonly own: StorageSize | undefined;
};

/** Somebody who wants more room; `beside`: what takes up room without being counted. */
export type Want<D> = {
  readonly more: StorageSize;
  readonly beside: StorageSize;
  readonly ceiling: Ceiling | undefined;
  /** Why not so much more beside what is used; undefined: it may be. */
  readonly refused: (used: StorageSize, more: StorageSize) => D | undefined;
};
/** `allotment`: what the process has from here on; undefined: nobody got anything. */
export type Grant<W, D> = {
  readonly allotment: StorageSize | undefined;
  readonly refusals: ReadonlyMap<W, D>;
};

const larger = (a: StorageSize, b: StorageSize): StorageSize => ({
  bytes: Math.max(a.bytes, b.bytes),
  objects: Math.max(a.objects, b.objects),
});

/** Who gets room, in the order in which they came, beside what this process needs already. */
export const grantOf = <D, W extends Want<D>>(
  { counted, others, own = NOTHING }: Around,
  needed: StorageSize,
  wants: readonly W[],
): Grant<W, D> => {
  const refusals = new Map<W, D>();
  const around = sum(counted, others);
  let [taken, ceiling]: [StorageSize, Ceiling | undefined] = [needed, undefined];
  for (const want of wants) {
    const refusal = want.refused([want.beside, around, taken].reduce(sum), want.more);
    if (refusal === undefined) [taken, ceiling] = [sum(taken, want.more), want.ceiling];
    else refusals.set(want, refusal);
  }
  if (refusals.size === wants.length) return { allotment: undefined, refusals };
  const wanted = sum(limited(taken, ceiling), prefetch(ceiling, sum(around, taken)));
  return { allotment: larger(own, wanted), refusals };
};
