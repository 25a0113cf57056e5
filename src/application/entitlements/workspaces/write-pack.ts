import { errAsync, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import {
  advancePack,
  followed,
  type PackAction,
  type ReviewPack,
} from '../../../domain/entitlements/pack.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { iso } from '../../../domain/shared/time.js';
import type { ShelfRefused } from '../../../ports/entitlements/pack-shelf.js';
import type { PackWithRun, WorkspacesTx } from '../../../ports/entitlements/workspaces.js';
import type { NotFound, StaleVersion, Unavailable } from '../../../ports/shared/failure.js';
import type { ClaimedJob } from '../../../ports/shared/jobs.js';
import { bySystem } from '../../shared/record.js';
import type { WorkspacesDeps } from './deps.js';
import { contentsOf } from './pack-contents.js';

export const WRITE_PACK_JOB = 'workspaces.write-pack';

/** After so many a pack is given up: as long as it is under way, no other one of its subject can be. */
const MOST_ATTEMPTS = 8;

type Deps = Omit<WorkspacesDeps, 'ids' | 'digest' | 'settings'>;
type Step = NotFound | StaleVersion | Unavailable;
type Outcome = Pick<ReviewPack, 'file' | 'failure'>;

const TYPES = {
  begin: 'review_pack.running',
  finish: 'review_pack.ready',
  fail: 'review_pack.failed',
} as const satisfies Record<PackAction, string>;

const took = (
  tx: WorkspacesTx,
  { pack, run }: PackWithRun,
  action: PackAction,
  jobId: string,
): ResultAsync<PackWithRun, StaleVersion | Unavailable> =>
  safeTry(async function* () {
    const saved = yield* tx.packs.save({ pack, run: followed(run, pack) });
    const { accountId, updatedAt: at } = saved.pack;
    const { number, status, file, failure, requestedAt } = saved.pack;
    const facts = {
      pack: number,
      run: saved.run.number,
      status,
      requested_at: iso(requestedAt),
      ...(file && { size: file.size, sha256: file.sha256 }),
      ...(failure !== undefined && { failure }),
    };
    yield* tx.events.append({
      stream: pack.id,
      seq: saved.pack.version,
      type: TYPES[action],
      accountId,
      data: facts,
      at,
    });
    if (action !== 'begin')
      yield* tx.audit.record(
        bySystem({ accountId, action: TYPES[action], target: pack.id, data: { after: facts } }, at, jobId),
      );
    return ok(saved);
  });

/** Takes the step where it is still to be taken; a pack that is over, or begun already, stays as it is. */
const step = (
  { workspaces, clock }: Deps,
  job: ClaimedJob,
  account: AccountId,
  action: PackAction,
  outcome: Outcome = {},
): ResultAsync<ReviewPack, Step> =>
  workspaces.run((tx) =>
    tx.packs.byId(account, String(job.payload['packId'])).andThen((both): ResultAsync<ReviewPack, Step> => {
      const next = advancePack(both.pack, action, clock.now(), outcome);
      return next.isErr()
        ? okAsync(both.pack)
        : took(tx, { pack: next.value, run: both.run }, action, job.id).map(({ pack }) => pack);
    }),
  );

const write = (deps: Deps, job: ClaimedJob, pack: ReviewPack) =>
  contentsOf(deps, pack).andThen((contents) =>
    deps.shelf.put(
      { accountId: pack.accountId, userId: pack.requestedBy, at: deps.clock.now(), requestId: job.id },
      `pack-${pack.number}.zip`,
      contents,
      pack.requestedAt,
    ),
  );

/** Why a pack comes to nothing; undefined: the next attempt may succeed. */
const reasonOf = (failure: ShelfRefused | Step, { attempts }: ClaimedJob): string | undefined => {
  if (failure.kind === 'shelf_refused') return failure.reason;
  if (failure.kind === 'not_found') return 'workspace_deleted';
  return failure.kind === 'unavailable' && attempts >= MOST_ATTEMPTS ? 'unavailable' : undefined;
};

/** Whose pack is gone with its account has nothing to be done. */
const unlessGone = (work: ResultAsync<unknown, Step>): ResultAsync<void, Step> =>
  work
    .map(() => undefined)
    .orElse((failure) => (failure.kind === 'not_found' ? okAsync(undefined) : errAsync(failure)));

/**
 * Writes the archive and says so. Killed anywhere, it begins again where it stood: the archive is written whole in
 * place of itself, and the pack comes to an end once.
 */
export const writePack =
  (deps: Deps) =>
  (job: ClaimedJob): ResultAsync<void, Step> => {
    const { accountId } = job;
    if (accountId === undefined) return okAsync(undefined);
    const finish = (pack: ReviewPack): ResultAsync<ReviewPack, Step> =>
      write(deps, job, pack)
        .andThen((file) => step(deps, job, accountId, 'finish', { file }))
        .orElse((failed): ResultAsync<ReviewPack, Step> => {
          const failure = reasonOf(failed, job);
          if (failure !== undefined) return step(deps, job, accountId, 'fail', { failure });
          return errAsync(failed as Step);
        });
    const begun = step(deps, job, accountId, 'begin');
    return unlessGone(begun.andThen((pack) => (pack.status === 'running' ? finish(pack) : okAsync(pack))));
  };
