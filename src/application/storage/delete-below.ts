import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Instant } from '../../domain/shared/time.js';
import type { ObjectKey, Prefix } from '../../domain/storage/object-key.js';
import type { BucketFailure, DeleteError, Listing } from '../../ports/storage/object-store.js';
import type { Objects, Sizes } from './objects-in.js';
import { pagesBelow } from './pages-below.js';

const IN_FLIGHT = 3;
/** As many keys that could not be deleted are named; more are only counted. */
export const MAX_NAMED = 1_000;

export type Deletion = {
  readonly deleted: number;
  readonly failed: number;
  /** The first that could not be deleted, in the order of their keys as far as they came. */
  readonly refused: readonly ObjectKey[];
  /** There may be more below the prefix than was to be deleted now: what comes after this. */
  readonly next?: string | undefined;
};
export type Bounds = {
  readonly maxKeys: number;
  /** Asked after every page: no further one is begun when it is so. */
  readonly isOver?: () => boolean;
  /** Only what comes after this. */
  readonly after?: string | undefined;
  /** Objects newer than this are left alone. */
  readonly spareAfter?: Instant | undefined;
};

/** Sends off deletions, at most so many at a time, and keeps what became of them. */
const deletions = (objects: Objects) => {
  const inFlight = new Set<Promise<void>>();
  const refused: ObjectKey[] = [];
  let [deleted, failed] = [0, 0];
  let failure: BucketFailure | undefined;

  const record = (sent: number, outcome: Result<readonly DeleteError[], BucketFailure>): void => {
    if (outcome.isErr()) {
      failure ??= outcome.error;
      return;
    }
    deleted += sent - outcome.value.length;
    failed += outcome.value.length;
    for (const { key } of outcome.value.slice(0, MAX_NAMED - refused.length)) refused.push(key);
  };
  const one = async (found: Sizes): Promise<void> =>
    record(found.size, await objects.deleteMany([...found.keys()], found));
  return {
    /** Settles once there is room for the next. */
    send: async (found: Sizes): Promise<void> => {
      if (found.size === 0) return;
      const sent: Promise<void> = one(found).finally(() => inFlight.delete(sent));
      inFlight.add(sent);
      if (inFlight.size >= IN_FLIGHT) await Promise.race(inFlight);
    },
    failed: () => failure !== undefined,
    outcome: async (next?: string): Promise<Result<Deletion, BucketFailure>> => {
      await Promise.all(inFlight);
      return failure ? err(failure) : ok({ deleted, failed, refused, next });
    },
  };
};

const doomed = ({ entries }: Listing, { spareAfter }: Bounds): Sizes =>
  new Map(
    entries.flatMap((entry) =>
      entry.type === 'file' && (spareAfter === undefined || entry.object.modifiedAt <= spareAfter)
        ? [[entry.object.key, entry.object.size]]
        : [],
    ),
  );

const walk = async (
  objects: Objects,
  prefix: Prefix,
  bounds: Bounds,
): Promise<Result<Deletion, BucketFailure>> => {
  const deleting = deletions(objects);
  let listed = 0;
  for await (const page of pagesBelow(objects, prefix, bounds.after)) {
    if (page.isErr()) return (await deleting.outcome()).andThen(() => err(page.error));
    listed += page.value.entries.length;
    await deleting.send(doomed(page.value, bounds));
    if (deleting.failed()) break;
    if (listed >= bounds.maxKeys || bounds.isOver?.()) return deleting.outcome(page.value.next);
  }
  return deleting.outcome();
};

/**
 * Deletes what is below a prefix, listing on while it deletes. No key is listed twice, so what others put
 * back meanwhile, or what cannot be deleted, does not keep it from ending. Repeatable.
 */
export const deleteBelow = (...order: Parameters<typeof walk>): ResultAsync<Deletion, BucketFailure> =>
  new ResultAsync(walk(...order));
