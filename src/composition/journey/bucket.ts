import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import { BucketDto, PlatformConfigDto } from '../../adapters/http/training-pipes/schemas.js';
import { type ApiFailure, type Client, document, nothing } from './client.js';
import type { Settling } from './made.js';

const PATIENCE_MS = 120_000;
const PAUSE_MS = 100;
/** Asks until there is an answer. */
export const poll = <T>(
  ask: () => ResultAsync<T | undefined, ApiFailure>,
  until = performance.now() + PATIENCE_MS,
): ResultAsync<T, ApiFailure> =>
  ask().andThen((answer) => {
    if (answer !== undefined) return okAsync(answer);
    if (performance.now() > until)
      return errAsync({ kind: 'unexpected_reply' as const, reason: `no change in ${PATIENCE_MS / 1000} s` });
    return ResultAsync.fromSafePromise(pause(PAUSE_MS)).andThen(() => poll(ask, until));
  });

/** A bucket in the first region there is, ready for files. */
export const createBucket = (
  { client, made, say }: Settling,
  key: string,
  projectId: string,
): ResultAsync<string, ApiFailure> =>
  regionOf(client)
    .andThen((region) =>
      client.call('createBucket', {
        as: key,
        params: { project_id: projectId },
        json: { name: 'journey', region },
        idempotencyKey: randomUUID(),
      }),
    )
    .andThen(document(BucketDto))
    .andThen(({ id }) => {
      made.undo.push({ step: 'delete the bucket', run: () => deleteBucket(client, key, id) });
      return poll(() => activeBucket(client, key, id));
    })
    .map(({ id, region }) => {
      say(`created bucket ${id} in ${region}`);
      return id;
    });

/** The first region that managed buckets can be in. */
export const regionOf = (client: Client): ResultAsync<string, ApiFailure> =>
  client
    .call('getConfig')
    .andThen(document(PlatformConfigDto))
    .andThen(({ providers }) => {
      const region = providers.find(({ name }) => name === 'managed')?.regions[0]?.name;
      return region === undefined
        ? errAsync({ kind: 'unexpected_reply' as const, reason: 'no region has managed buckets' })
        : okAsync(region);
    });

const activeBucket = (client: Client, key: string, id: string) =>
  client
    .call('getBucket', { as: key, params: { bucket_id: id } })
    .andThen(document(BucketDto))
    .andThen((bucket) => {
      if (bucket.status === 'active') return okAsync(bucket);
      return bucket.status === 'pending'
        ? okAsync(undefined)
        : errAsync({ kind: 'unexpected_reply' as const, reason: `the bucket is ${bucket.status}` });
    });

/** Deletion is a job of the server's: over when nobody finds the bucket any more. */
const deleteBucket = (client: Client, key: string, id: string): ResultAsync<true, ApiFailure> => {
  const call = { as: key, params: { bucket_id: id } };
  const gone = () =>
    client
      .call('getBucket', call)
      .andThen(nothing)
      .map((): true | undefined => undefined)
      .orElse((failure) =>
        failure.kind === 'refused' && failure.status === 404 ? okAsync(true as const) : errAsync(failure),
      );
  return client
    .call('deleteBucket', call)
    .andThen(nothing)
    .andThen(() => poll(gone));
};
