import { ok, type ResultAsync, safeTry } from 'neverthrow';
import { DAY, HOUR, plus, SECOND } from '../../../domain/shared/time.js';
import { prefix } from '../../../domain/storage/object-key.js';
import { NOTHING, type StorageSize, sum } from '../../../domain/storage/storage-size.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { DueBucket, StorageCount } from '../../../ports/storage/meter.js';
import type { BucketFailure, Listing, ListRequest } from '../../../ports/storage/object-store.js';
import type { StorageDeps } from '../deps.js';

/** `more`: another call finds work at once. */
export type Counted = { readonly more: boolean };

const BUCKETS = 100;
const PAGE = 1_000;
/** By then every process has handed over what the listing may have seen. */
const SETTLED_AFTER = 10 * SECOND;
const AGAIN_AFTER = HOUR;

const sizeOf = ({ entries }: Listing): StorageSize =>
  entries
    .map((entry): StorageSize => (entry.type === 'file' ? { bytes: entry.object.size, objects: 1 } : NOTHING))
    .reduce(sum, NOTHING);

type Deps = Pick<StorageDeps, 'objects' | 'counts' | 'clock'>;

const EVERYTHING = prefix('')._unsafeUnwrap();

/** Page after page, as long as nobody else is at it; what is whole is put right in a while. */
const list = ({ objects, counts, clock }: Deps, bucket: DueBucket, begun: StorageCount) =>
  safeTry<void, BucketFailure>(async function* () {
    let count: StorageCount | undefined = begun;
    while (count && !count.isWhole) {
      const request: ListRequest = { prefix: EVERYTHING, after: count.after, limit: PAGE };
      const page: Listing = yield* objects.list(bucket.bucketName, request);
      count = yield* counts.advance(count, { listed: sizeOf(page), after: page.next });
    }
    return count ? counts.putOff(bucket, plus(clock.now(), SETTLED_AFTER)) : ok(undefined);
  });

const goOn = (deps: Deps, bucket: DueBucket): ResultAsync<void, BucketFailure> =>
  deps.counts.begin(bucket).andThen((count): ResultAsync<void, BucketFailure> => {
    const at = deps.clock.now();
    return count.isWhole ? deps.counts.correct(count, at, plus(at, DAY)) : list(deps, bucket, count);
  });

/** A bucket that cannot be listed keeps no other from being counted. */
const counted = (deps: Deps, bucket: DueBucket): ResultAsync<void, Unavailable> =>
  goOn(deps, bucket).orElse(() => deps.counts.putOff(bucket, plus(deps.clock.now(), AGAIN_AFTER)));

/**
 * Lists managed buckets, each about once a day, and corrects what was counted at write by what is there. A bucket
 * is put right some seconds after its last page; whoever dies in between is followed by somebody who goes on.
 */
export const countBuckets = (deps: Deps) => (): ResultAsync<Counted, Unavailable> =>
  safeTry(async function* () {
    const due = yield* deps.counts.due(deps.clock.now(), DAY, BUCKETS);
    for (const bucket of due) yield* counted(deps, bucket);
    return ok({ more: due.length === BUCKETS });
  });
