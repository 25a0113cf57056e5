import { err, ok, okAsync, type Result, type ResultAsync, safeTry } from 'neverthrow';
import type { Member } from '../../domain/shared/principal.js';
import { type Instant, plus, SECOND } from '../../domain/shared/time.js';
import { advance, type Bucket, bucketName, type InvalidBucketName } from '../../domain/storage/bucket.js';
import { isKept } from '../../domain/storage/kept-bucket.js';
import type { NotFound, StaleVersion, Unavailable } from '../../ports/shared/failure.js';
import type { Once } from '../../ports/shared/idempotency.js';
import type { ClaimedJob } from '../../ports/shared/jobs.js';
import type { Sealed } from '../../ports/shared/sealer.js';
import type { StorageTx } from '../../ports/storage/unit-of-work.js';
import { claim } from '../shared/once.js';
import { byCaller } from '../shared/record.js';
import { memberRefused } from '../shared/refused.js';
import type { StorageDeps } from './deps.js';

type UnknownRegion = {
  readonly kind: 'unknown_region';
  readonly field: 'region';
  readonly known: readonly string[];
};
export type BucketWithSecret = { readonly bucket: Bucket; readonly secret?: string | undefined };

export const PROVISION_JOB = 'bucket.provision';
/** The request itself acts first; the job is for what a dead process left. */
const JOB_DELAY = 30 * SECOND;

export const secretPlace = (id: string) => ({ table: 'buckets', column: 'secret_access_key', row: id });

export const bucketEvent = (bucket: Bucket, type: string) => ({
  stream: bucket.id,
  seq: bucket.version,
  type,
  accountId: bucket.accountId,
  data: { name: bucket.name, status: bucket.status },
  at: bucket.updatedAt,
});

/**
 * Intend: the row with all names and keys. Act: the store makes the bucket, within a deadline.
 * Record: active. Past the deadline the answer is `pending` and the job does the rest.
 */
export const createBucket =
  (deps: StorageDeps) => (input: { name: string; region: string }, member: Member, once?: Once) =>
    safeTry(async function* () {
      const name = yield* bucketName(input.name).andThen(unlessKept);
      return makeBucket(deps)({ ...input, name }, member, once);
    });

/** The same under any name: for what the platform itself keeps. */
export const makeBucket =
  (deps: StorageDeps) => (input: { name: string; region: string }, member: Member, once?: Once) =>
    safeTry(async function* () {
      const region = yield* regionOf(deps, input.region);
      const intended = yield* intend(deps, input.name, region, member, once);
      if (intended.bucket.status !== 'pending') return ok(intended);
      const made = await Promise.race([
        provision(deps)(intended.bucket),
        deps.pause.wait(deps.settings.createDeadline),
      ]);
      return ok({ ...intended, bucket: made.isOk() && made.value ? made.value : intended.bucket });
    });

const unlessKept = (name: string): Result<string, InvalidBucketName> =>
  isKept({ name })
    ? err({ kind: 'invalid_bucket_name', field: 'name', reason: 'is one that the platform keeps for itself' })
    : ok(name);

const regionOf = ({ settings }: StorageDeps, region: string): Result<string, UnknownRegion> =>
  settings.regions.includes(region)
    ? ok(region)
    : err({ kind: 'unknown_region', field: 'region', known: settings.regions });

const intend = (deps: StorageDeps, name: string, region: string, member: Member, once: Once | undefined) => {
  const { ids, random, sealer, storage } = deps;
  const bucket = newBucket(ids.next(), random.token(12), name, region, member);
  const secret = random.token(30);
  const made = storage.runAdding((tx) =>
    safeTry(async function* () {
      const { dataKey } = yield* tx.accounts.lockLive(member.accountId);
      const sealed = sealer.seal(dataKey, member.accountId, secretPlace(bucket.id), secret);
      const before = yield* claim(tx, once, { ids: { bucket: bucket.id }, secret: sealed });
      if (before) {
        const id = before.ids['bucket'] ?? '';
        const opened = sealer.open(dataKey, member.accountId, secretPlace(id), before.secret ?? sealed);
        return ok({ bucket: yield* tx.buckets.get(member.accountId, id), secret: opened });
      }
      yield* add(tx, deps, bucket, sealed, member);
      return ok({ bucket, secret });
    }),
  );
  return memberRefused(storage, member, made);
};

const add = (tx: StorageTx, { ids }: StorageDeps, bucket: Bucket, sealed: Sealed, member: Member) =>
  safeTry(async function* () {
    yield* tx.quota.take(bucket.accountId, 'buckets', 1, member.at);
    yield* tx.buckets.add(bucket, sealed);
    yield* tx.events.append(bucketEvent(bucket, 'bucket.created'), {
      id: ids.next(),
      kind: PROVISION_JOB,
      key: `${PROVISION_JOB}:${bucket.id}`,
      accountId: bucket.accountId,
      payload: { bucketId: bucket.id },
      runAt: plus(member.at, JOB_DELAY),
    });
    const deed = { accountId: bucket.accountId, action: 'bucket.create', target: bucket.id };
    yield* tx.audit.record(byCaller(member, deed));
    return ok(undefined);
  });

const newBucket = (id: string, key: string, name: string, region: string, member: Member): Bucket => ({
  id,
  version: 1,
  accountId: member.accountId,
  name,
  bucketName: `th-${id}`,
  region,
  accessKeyId: `TH${key.replaceAll(/[^A-Za-z0-9]/g, 'X').toUpperCase()}`,
  status: 'pending',
  createdAt: member.at,
  updatedAt: member.at,
});

/** Makes the store's bucket and says so; whoever does it second finds it done. */
const provision =
  ({ storage, objects, clock }: StorageDeps) =>
  (bucket: Bucket): ResultAsync<Bucket | undefined, NotFound | StaleVersion | Unavailable> =>
    objects.createBucket(bucket.bucketName).andThen(() =>
      storage.run((tx) =>
        safeTry(async function* () {
          const current = yield* tx.buckets.get(bucket.accountId, bucket.id);
          return activate(tx, current, clock.now());
        }),
      ),
    );

/** A bucket that is active already, or on its way out, is left as it is. */
const activate = (
  tx: StorageTx,
  current: Bucket,
  at: Instant,
): ResultAsync<Bucket, StaleVersion | Unavailable> => {
  const next = advance(current, 'activate', at);
  if (next.isErr()) return okAsync(current);
  return tx.buckets
    .save(next.value)
    .andThen((saved) => tx.events.append(bucketEvent(saved, 'bucket.activated')).map(() => saved));
};

/** Finishes what a request began and did not live to record. A bucket that is gone needs nothing. */
export const provisionBucket =
  (deps: StorageDeps) =>
  ({ accountId, payload }: ClaimedJob): ResultAsync<void, StaleVersion | Unavailable> => {
    if (!accountId) return okAsync(undefined);
    return deps.readers
      .bucket(accountId, String(payload['bucketId']))
      .andThen(({ bucket }) => (bucket.status === 'pending' ? provision(deps)(bucket) : okAsync(undefined)))
      .map(() => undefined)
      .orElse((failure) => (failure.kind === 'not_found' ? okAsync(undefined) : err(failure)));
  };
