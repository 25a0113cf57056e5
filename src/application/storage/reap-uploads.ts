import { ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import { DAY, HOUR, type Instant, plus } from '../../domain/shared/time.js';
import type { Clock } from '../../ports/shared/clock.js';
import type { NotFound, Unavailable } from '../../ports/shared/failure.js';
import type { ForeignStore } from '../../ports/storage/foreign-stores.js';
import type { JournaledUpload, OpenUploads, UploadOwner } from '../../ports/storage/open-uploads.js';

/** The store an upload was begun in. `not_found`: nobody can get at it any more. */
export type StoreOf = (
  owner: UploadOwner,
) => ResultAsync<Pick<ForeignStore, 'abortUpload'>, NotFound | Unavailable>;

type Deps = { readonly clock: Clock; readonly openUploads: OpenUploads; readonly storeOf: StoreOf };
/** `aborted` are gone from their stores, `left` are tried again; `more`: another call finds work at once. */
export type Reaped = { readonly aborted: number; readonly left: number; readonly more: boolean };

const BATCH = 8;
const AGAIN_AFTER = HOUR;
/** A store that has refused for so long is not asked any more. */
const GIVEN_UP_AFTER = 30 * DAY;

/** Whether there is nothing left to do for an upload. */
type Outcome = 'aborted' | 'hopeless' | 'later';

const abort = (
  { storeOf }: Deps,
  { owner, bucket, key, uploadId, begunAt }: JournaledUpload,
  at: Instant,
): ResultAsync<Outcome, never> =>
  storeOf(owner)
    .andThen((store) => store.abortUpload({ bucket, key, uploadId }))
    .map((): Outcome => 'aborted')
    .orElse(({ kind }) =>
      okAsync<Outcome>(kind === 'not_found' || at - begunAt > GIVEN_UP_AFTER ? 'hopeless' : 'later'),
    );

/**
 * Aborts uploads whose process died: those recorded more than a day ago that nobody has renewed for an hour, and
 * no others, so that what somebody else does in the same bucket stays as it is. Safe in any number of processes
 * at once, killed anywhere: an upload that is gone is aborted once more without harm.
 */
export const reapUploads = (deps: Deps) => (): ResultAsync<Reaped, Unavailable> =>
  safeTry(async function* () {
    const { clock, openUploads } = deps;
    const at = clock.now();
    const due = yield* openUploads.claim(at, plus(at, AGAIN_AFTER), BATCH);
    const outcomes = yield* ResultAsync.combine(
      due.map((upload) =>
        abort(deps, upload, at).andThen((outcome) =>
          (outcome === 'later' ? okAsync(undefined) : openUploads.end(upload.id)).map(() => outcome),
        ),
      ),
    );
    const count = (outcome: Outcome): number => outcomes.filter((one) => one === outcome).length;
    return ok({ aborted: count('aborted'), left: count('later'), more: due.length === BATCH });
  });
