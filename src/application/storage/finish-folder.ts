import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { AccountId } from '../../domain/shared/ids.js';
import { type Instant, instant, MINUTE, plus } from '../../domain/shared/time.js';
import type { Prefix } from '../../domain/storage/object-key.js';
import type { Forbidden, NotFound, Unavailable } from '../../ports/shared/failure.js';
import type { ClaimedJob } from '../../ports/shared/jobs.js';
import type { BucketFailure, Denied } from '../../ports/storage/object-store.js';
import { bySystem } from '../shared/record.js';
import type { BucketNotActive } from './active-bucket.js';
import { type Bounds, type Deletion, deleteBelow } from './delete-below.js';
import type { StorageDeps } from './deps.js';
import { type Container, placeOf } from './place.js';

export const FOLDER_JOB = 'folder.delete';
/** As much is done in one go; then other jobs have their turn, whatever a store still lists. */
const SLICE = { keys: 100_000, ms: MINUTE };
/** Stores that check signatures tolerate clocks that differ by this much. What is newer came after the request. */
const SKEW = 15 * MINUTE;
const ATTEMPTS = 8;

type Counts = Pick<Deletion, 'deleted' | 'failed'>;
type Order = {
  readonly accountId: AccountId;
  readonly container: Container;
  readonly prefix: Prefix;
  readonly requestedAt: Instant;
  /** Where the job before this one left off, and what became of all that was before. */
  readonly after?: string | undefined;
  readonly before: Counts;
};

const orderOf = (accountId: AccountId, { payload }: ClaimedJob): Order => ({
  accountId,
  container: payload['container'] as Container,
  prefix: String(payload['prefix']) as Prefix,
  requestedAt: instant(Number(payload['requestedAt'])),
  after: payload['after'] === undefined ? undefined : JSON.parse(String(payload['after'])),
  before: { deleted: Number(payload['deleted'] ?? 0), failed: Number(payload['failed'] ?? 0) },
});

const boundsOf = ({ clock }: StorageDeps, { requestedAt, after }: Order): Bounds => {
  const end = plus(clock.now(), SLICE.ms);
  const isOver = () => clock.now() >= end;
  return { maxKeys: SLICE.keys, isOver, after, spareAfter: plus(requestedAt, SKEW) };
};

/**
 * May be killed and begun again at any point: what is gone stays gone. A folder that was filled anew since
 * the request keeps what is new. A bucket that is being deleted needs nothing.
 */
export const finishFolder =
  (deps: StorageDeps) =>
  (job: ClaimedJob): ResultAsync<void, Denied | Unavailable> => {
    if (!job.accountId) return okAsync(undefined);
    const order = orderOf(job.accountId, job);
    return placeOf(deps, order, order.container, 'write')
      .andThen(({ objects }) => deleteBelow(objects, order.prefix, boundsOf(deps, order)))
      .andThen((done) => settle(deps, job, order, done))
      .orElse((failure) => despite(deps, job, order, failure));
  };

/** What cannot be deleted is tried again for a while; in the end the audit tells how much is left. */
const settle = (
  deps: StorageDeps,
  job: ClaimedJob,
  order: Order,
  { deleted, failed, next }: Deletion,
): ResultAsync<void, Unavailable> => {
  if (failed > 0 && job.attempts < ATTEMPTS)
    return errAsync({ kind: 'unavailable', dependency: 'object store', cause: `${failed} objects are left` });
  const counts = { deleted: order.before.deleted + deleted, failed: order.before.failed + failed };
  return next === undefined
    ? tell(deps, job, order, 'folder.deleted', counts)
    : goOn(deps, job, next, counts);
};

/** Rights may come back, and a store that is silent is asked on; a container that is gone is nobody's to delete in. */
const despite = (
  deps: StorageDeps,
  job: ClaimedJob,
  order: Order,
  failure: NotFound | BucketNotActive | Forbidden | BucketFailure,
): ResultAsync<void, Denied | Unavailable> => {
  switch (failure.kind) {
    case 'unavailable':
      return errAsync(failure);
    case 'store_denied':
      return job.attempts < ATTEMPTS
        ? errAsync(failure)
        : tell(deps, job, order, 'folder.delete_failed', { ...order.before, cause: failure.kind });
    case 'bucket_missing':
      return tell(deps, job, order, 'folder.deleted', order.before);
    case 'not_found':
    case 'forbidden':
    case 'bucket_not_active':
      return okAsync(undefined);
  }
};

const tell = (
  { storage, clock }: StorageDeps,
  job: ClaimedJob,
  { accountId, container }: Order,
  action: string,
  data: Counts & { readonly cause?: string },
): ResultAsync<void, Unavailable> =>
  storage.run((tx) =>
    tx.audit.record(bySystem({ accountId, action, target: container.id, data }, clock.now(), job.id)),
  );

/** The rest is another job's, which waits behind those that are due. */
const goOn = (
  { storage, clock, ids }: StorageDeps,
  { id, accountId, payload }: ClaimedJob,
  next: string,
  counts: Counts,
): ResultAsync<void, Unavailable> =>
  storage.run((tx) =>
    tx.jobs.enqueue({
      id: ids.next(),
      kind: FOLDER_JOB,
      // Begun again, this job finds the other there already.
      key: `after ${id}`,
      accountId,
      // As text of JSON: a store may list names that no column takes.
      payload: { ...payload, ...counts, after: JSON.stringify(next) },
      runAt: clock.now(),
    }),
  );
