import { err, ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import type { Member } from '../../../domain/shared/principal.js';
import { MINUTE, plus } from '../../../domain/shared/time.js';
import { advance, type Connection, type Verdict } from '../../../domain/storage/connection.js';
import type { ObjectKey } from '../../../domain/storage/object-key.js';
import type { NotFound, StaleVersion, Unavailable } from '../../../ports/shared/failure.js';
import type { ClaimedJob } from '../../../ports/shared/jobs.js';
import { byCaller } from '../../shared/record.js';
import type { StorageDeps } from '../deps.js';
import { objectsBehind } from '../place.js';
import { connectionEvent } from './create-connection.js';
import { type Examination, examine, sweep } from './probes.js';
import { opened } from './store.js';

export const VERIFY_JOB = 'connection.verify';
/** Longer than all probes together may take: the request itself acts first. */
const JOB_DELAY = MINUTE;
/** With the worker's backoff, a store may be away for half an hour. */
const ATTEMPTS = 12;

/**
 * One verification: which version of the connection it began, and the name of the object it writes. The name is
 * on record before the object is there, so that whoever finishes the verification deletes that one.
 */
type Verification = {
  readonly accountId: AccountId;
  readonly id: string;
  readonly since: number;
  readonly key: ObjectKey;
};

/**
 * Intend: `verifying`, and a job for when this process dies. Act: the probes, outside any transaction. Record:
 * what they found. Of two at once the later one has the last word.
 */
export const verifyConnection = (deps: StorageDeps) => (id: string, member: Member) =>
  safeTry(async function* () {
    const key = `tollhouse-verify-${deps.random.token(12)}` as ObjectKey;
    const verification = yield* begin(deps, id, key, member);
    const examination = yield* act(deps, verification);
    yield* record(deps, verification, examination.verdict);
    return ok(examination);
  });

const begin = ({ storage, ids }: StorageDeps, id: string, key: ObjectKey, member: Member) =>
  storage.run((tx) =>
    safeTry(async function* () {
      const { accountId, at } = member;
      const current = yield* tx.connections.get(accountId, id);
      const saved = yield* tx.connections.save(verifying(current, member));
      yield* tx.events.append(connectionEvent(saved, 'connection.verifying'), {
        id: ids.next(),
        kind: VERIFY_JOB,
        key: `${VERIFY_JOB}:${id}:${saved.version}`,
        accountId,
        payload: { connectionId: id, since: saved.version, key },
        runAt: plus(at, JOB_DELAY),
      });
      yield* tx.audit.record(byCaller(member, { accountId, action: 'connection.verify', target: id }));
      return ok<Verification>({ accountId, id, since: saved.version, key });
    }),
  );

const verifying = (current: Connection, { at }: Member): Connection =>
  advance(current, 'verify', at).match(
    (next) => next,
    ({ from }) => {
      throw new Error(`a connection cannot be verified while it is ${from}`);
    },
  );

const act = (
  deps: StorageDeps,
  { accountId, id, key }: Verification,
): ResultAsync<Examination, NotFound | Unavailable> =>
  opened(deps, accountId, id).andThen((way) =>
    ResultAsync.fromSafePromise(examine(deps.pause, objectsBehind(way), key)),
  );

/** The state that this verification left: another one, begun or ended since, is not its own. */
const isOwn = ({ since }: Verification, { status, version }: Connection): boolean =>
  (status === 'verifying' && version === since) || (status === 'failed' && version === since + 1);

/** A verdict is recorded by whoever holds the connection as the verification left it; who comes second finds it done. */
const record = (
  { storage, clock }: StorageDeps,
  verification: Verification,
  verdict: Verdict,
): ResultAsync<void, NotFound | StaleVersion | Unavailable> =>
  storage.run((tx) =>
    safeTry(async function* () {
      const current = yield* tx.connections.get(verification.accountId, verification.id);
      if (!isOwn(verification, current)) return ok(undefined);
      const next = advance(current, verdict, clock.now());
      if (next.isErr()) return ok(undefined);
      const saved = yield* tx.connections.save(next.value);
      yield* tx.events.append(connectionEvent(saved, `connection.${saved.status}`));
      return ok(undefined);
    }),
  );

const verificationOf = ({ accountId, payload }: ClaimedJob): Verification | undefined =>
  accountId && {
    accountId,
    id: String(payload['connectionId']),
    since: Number(payload['since']),
    key: String(payload['key']) as ObjectKey,
  };

/**
 * Finishes a verification whose process died, and tries again one that failed for the moment, a bounded number of
 * times: after that somebody has to ask. One that is over needs nothing; one that another has overtaken leaves
 * nothing behind.
 */
export const finishVerification =
  (deps: StorageDeps) =>
  (job: ClaimedJob): ResultAsync<void, StaleVersion | Unavailable> => {
    const verification = verificationOf(job);
    if (!verification) return okAsync(undefined);
    return deps.readers
      .connection(verification.accountId, verification.id)
      .andThen(({ connection }) => {
        if (isOwn(verification, connection)) return again(deps, verification, job);
        return connection.version === verification.since + 1 && connection.status !== 'verifying'
          ? okAsync(undefined)
          : tidy(deps, verification);
      })
      .orElse((failure) => (failure.kind === 'not_found' ? okAsync(undefined) : err(failure)));
  };

const tidy = (deps: StorageDeps, { accountId, id, key }: Verification) =>
  opened(deps, accountId, id).andThen((way) => sweep(deps.pause, objectsBehind(way), key));

const again = (
  deps: StorageDeps,
  verification: Verification,
  { attempts }: ClaimedJob,
): ResultAsync<void, NotFound | StaleVersion | Unavailable> =>
  act(deps, verification).andThen(({ verdict }) =>
    record(deps, verification, verdict).andThen(() =>
      verdict === 'fail' && attempts < ATTEMPTS
        ? err<void, Unavailable>({
            kind: 'unavailable',
            dependency: "a customer's store",
            cause: 'verification',
          })
        : ok(undefined),
    ),
  );
