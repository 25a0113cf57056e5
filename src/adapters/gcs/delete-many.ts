import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { BucketFailure, DeleteError, ObjectStore } from '../../ports/storage/object-store.js';
import { type GcsApi, objectPath } from './api.js';
import { type ObjectFailure, ofObject } from './missing.js';

/** The JSON API deletes one object a request; this many are on their way at once. */
const IN_FLIGHT = 16;

type Outcome = { readonly key: ObjectKey; readonly failure?: ObjectFailure };

const deleteOne = async (api: GcsApi, bucket: string, key: ObjectKey): Promise<Outcome> => {
  const deleted = await api
    .tell({ method: 'DELETE', path: objectPath(bucket, key) })
    .orElse(ofObject(api, bucket));
  return deleted.isOk() || deleted.error.kind === 'not_found' ? { key } : { key, failure: deleted.error };
};

/** Outcomes in the order in which they came; none is begun after the bucket was found missing. */
const deleteAll = async (api: GcsApi, bucket: string, keys: readonly ObjectKey[]): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  const waiting = keys.values();
  const worker = async (): Promise<void> => {
    for (const key of waiting) {
      const outcome = await deleteOne(api, bucket, key);
      outcomes.push(outcome);
      if (outcome.failure?.kind === 'bucket_missing') return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, keys.length) }, worker));
  return outcomes;
};

const reasonOf = (failure: ObjectFailure): string =>
  failure.kind === 'store_denied' ? failure.reason : 'the store did not answer';

/** Rights may differ from key to key, so their lack is each key's own; a store that never answers is not. */
const told = (outcomes: readonly Outcome[]): Result<readonly DeleteError[], BucketFailure> => {
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  const missing = failures.find((failure) => failure.kind === 'bucket_missing');
  if (missing) return err(missing);
  const silences = failures.filter((failure) => failure.kind === 'unavailable');
  const [silence] = silences;
  if (silence && silences.length === outcomes.length) return err(silence);
  return ok(outcomes.flatMap(({ key, failure }) => (failure ? [{ key, reason: reasonOf(failure) }] : [])));
};

export const deleteManyGcs =
  (api: GcsApi): ObjectStore['deleteMany'] =>
  (bucket, keys) =>
    api
      .admitted()
      .andThen(() => ResultAsync.fromSafePromise<Outcome[], BucketFailure>(deleteAll(api, bucket, keys)))
      .andThen(told);
