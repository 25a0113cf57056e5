import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { Member } from '../../domain/shared/principal.js';
import { advance, type Bucket } from '../../domain/storage/bucket.js';
import { prefix } from '../../domain/storage/object-key.js';
import type { NotFound, StaleVersion, Unavailable } from '../../ports/shared/failure.js';
import type { ClaimedJob } from '../../ports/shared/jobs.js';
import type { BucketFailure } from '../../ports/storage/object-store.js';
import { byCaller, bySystem } from '../shared/record.js';
import { bucketEvent } from './create-bucket.js';
import type { StorageDeps } from './deps.js';
import { bucketObjects, meteredBucket } from './metering/bucket-objects.js';

export const EMPTY_JOB = 'bucket.empty';
const BATCH = 1_000;

/** Not while a file system shows it. From now on nothing reads or writes the bucket; a job deletes the objects, then the bucket itself. */
export const deleteBucket =
  ({ storage, ids }: StorageDeps) =>
  (id: string, member: Member) =>
    storage.run((tx) =>
      safeTry(async function* () {
        const current = yield* tx.buckets.get(member.accountId, id);
        const next = advance(current, 'delete', member.at);
        if (next.isErr()) return ok(undefined);
        const saved = yield* tx.buckets.retire(next.value);
        yield* tx.events.append(bucketEvent(saved, 'bucket.deleting'), {
          id: ids.next(),
          kind: EMPTY_JOB,
          key: `${EMPTY_JOB}:${id}`,
          accountId: member.accountId,
          payload: { bucketId: id },
          runAt: member.at,
        });
        yield* tx.audit.record(
          byCaller(member, { accountId: member.accountId, action: 'bucket.delete', target: id }),
        );
        return ok(undefined);
      }),
    );

/** May be killed and begun again at any point: what is gone stays gone, what is left is listed anew. */
export const emptyBucket =
  (deps: StorageDeps) =>
  (job: ClaimedJob): ResultAsync<void, StaleVersion | Unavailable> => {
    const { accountId, payload } = job;
    if (!accountId) return okAsync(undefined);
    return deps.readers
      .bucket(accountId, String(payload['bucketId']))
      .andThen(({ bucket }) =>
        bucket.status === 'deleting'
          ? empty(deps, bucket)
              .andThen(() => deps.meter.end(meteredBucket(bucket), deps.clock.now()))
              .andThen(() => bury(deps, bucket, job))
          : okAsync(undefined),
      )
      .orElse((failure) => (failure.kind === 'not_found' ? okAsync(undefined) : err(failure)));
  };

const empty = (deps: StorageDeps, bucket: Bucket): ResultAsync<void, Unavailable> =>
  safeTry<void, BucketFailure>(async function* () {
    const everything = prefix('')._unsafeUnwrap();
    const objects = bucketObjects(deps, bucket);
    for (;;) {
      const { entries } = yield* objects.list({ prefix: everything, limit: BATCH });
      const sizes = new Map(
        entries.flatMap((entry) => (entry.type === 'file' ? [[entry.object.key, entry.object.size]] : [])),
      );
      if (sizes.size === 0) break;
      const [refused] = yield* objects.deleteMany([...sizes.keys()], sizes);
      if (refused) return err(stuck(refused.reason));
    }
    yield* deps.objects
      .deleteBucket(bucket.bucketName)
      .mapErr((failure) =>
        failure.kind === 'bucket_not_empty' ? stuck('objects arrived meanwhile') : failure,
      );
    return ok(undefined);
  }).orElse((failure) => {
    if (failure.kind === 'bucket_missing') return okAsync(undefined);
    return err(failure.kind === 'store_denied' ? stuck(failure.reason) : failure);
  });

/** The job fails and comes again: deletion does not end half-way. */
const stuck = (reason: string): Unavailable => ({
  kind: 'unavailable',
  dependency: 'object store',
  cause: reason,
});

const bury = (
  { storage, clock }: StorageDeps,
  bucket: Bucket,
  job: ClaimedJob,
): ResultAsync<void, NotFound | StaleVersion | Unavailable> =>
  storage.run((tx) =>
    safeTry(async function* () {
      const at = clock.now();
      const current = yield* tx.buckets.get(bucket.accountId, bucket.id);
      const next = advance(current, 'bury', at);
      if (next.isErr()) return ok(undefined);
      const saved = yield* tx.buckets.save(next.value);
      yield* tx.quota.release(bucket.accountId, 'buckets', 1);
      yield* tx.events.append(bucketEvent(saved, 'bucket.deleted'));
      const deed = { accountId: bucket.accountId, action: 'bucket.deleted', target: bucket.id };
      yield* tx.audit.record(bySystem(deed, at, job.id));
      return ok(undefined);
    }),
  );
