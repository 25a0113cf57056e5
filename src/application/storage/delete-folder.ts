import { err, errAsync, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { Member } from '../../domain/shared/principal.js';
import { type Instant, instant, MINUTE, plus } from '../../domain/shared/time.js';
import { folder, type ObjectKey, type Prefix } from '../../domain/storage/object-key.js';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { ClaimedJob } from '../../ports/shared/jobs.js';
import { byCaller, bySystem } from '../shared/record.js';
import { type Deletion, deleteBelow } from './delete-below.js';
import type { StorageDeps } from './deps.js';
import { asNotFound, type Container, placeFor, placeOf } from './place.js';

/** Some objects are gone, others could not be deleted. */
export type DeleteIncomplete = {
  readonly kind: 'delete_incomplete';
  readonly deleted: number;
  readonly failed: number;
  /** The first thousand that are left. */
  readonly keys: readonly ObjectKey[];
};
/** `goesOn`: the rest is deleted by a job, after the answer. */
export type Deleted = { readonly goesOn: boolean };

export const FOLDER_JOB = 'folder.delete';
/** As many keys are deleted while the client waits. */
const MAX_NOW = 100_000;
/** Stores that check signatures tolerate clocks that differ by this much. What is newer came after the request. */
const SKEW = 15 * MINUTE;
const ATTEMPTS = 8;

/** Everything whose key begins with `dir/`. A folder that is not there is deleted already. */
export const deleteFolder =
  (deps: StorageDeps) => (input: { container: Container; key: string }, member: Member) =>
    safeTry(async function* () {
      const prefix = yield* folder(input.key);
      const { container, objects } = yield* placeFor(deps, member, input.container, prefix);
      const done = yield* deleteBelow(objects, prefix, { maxKeys: MAX_NOW }).mapErr(asNotFound);
      if (done.unfinished) yield* goOn(deps, container, prefix, member);
      else if (done.failed > 0) return err(incomplete(done));
      return ok<Deleted>({ goesOn: done.unfinished });
    });

const incomplete = ({ deleted, failed, refused }: Deletion): DeleteIncomplete => ({
  kind: 'delete_incomplete',
  deleted,
  failed,
  keys: refused,
});

const goOn = ({ storage, ids }: StorageDeps, container: Container, prefix: Prefix, member: Member) =>
  storage.run((tx) =>
    safeTry(async function* () {
      yield* tx.jobs.enqueue({
        id: ids.next(),
        kind: FOLDER_JOB,
        accountId: member.accountId,
        payload: { container, prefix, requestedAt: member.at },
        runAt: member.at,
      });
      const deed = { accountId: member.accountId, action: 'folder.delete', target: container.id };
      yield* tx.audit.record(byCaller(member, deed));
      return ok(undefined);
    }),
  );

type Order = { readonly container: Container; readonly prefix: Prefix; readonly requestedAt: Instant };

const orderOf = ({ payload }: ClaimedJob): Order => ({
  container: payload['container'] as Container,
  prefix: String(payload['prefix']) as Prefix,
  requestedAt: instant(Number(payload['requestedAt'])),
});

/**
 * May be killed and begun again at any point: what is gone stays gone. A folder that was filled anew since
 * the request keeps what is new. A bucket that is being deleted needs nothing.
 */
export const finishFolder =
  (deps: StorageDeps) =>
  (job: ClaimedJob): ResultAsync<void, Unavailable> => {
    const { accountId } = job;
    if (!accountId) return okAsync(undefined);
    const { container, prefix, requestedAt } = orderOf(job);
    const bounds = { maxKeys: Number.POSITIVE_INFINITY, spareAfter: plus(requestedAt, SKEW) };
    return placeOf(deps, { accountId }, container)
      .andThen(({ objects }) => deleteBelow(objects, prefix, bounds))
      .andThen((done) =>
        settle(deps, job, { accountId, action: 'folder.deleted', target: container.id }, done),
      )
      .orElse((failure) => (failure.kind === 'unavailable' ? errAsync(failure) : okAsync(undefined)));
  };

type Deed = Omit<Parameters<typeof bySystem>[0], 'data'>;

/** What cannot be deleted is tried again for a while; in the end the audit tells how much is left. */
const settle = (
  { storage, clock }: StorageDeps,
  job: ClaimedJob,
  deed: Deed,
  { deleted, failed }: Deletion,
): ResultAsync<void, Unavailable> =>
  failed > 0 && job.attempts < ATTEMPTS
    ? errAsync({ kind: 'unavailable', dependency: 'object store', cause: `${failed} objects are left` })
    : storage.run((tx) =>
        tx.audit.record(bySystem({ ...deed, data: { deleted, failed } }, clock.now(), job.id)),
      );
