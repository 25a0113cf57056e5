import { errAsync, type ResultAsync } from 'neverthrow';
import { NOT_FOUND, type NotFound, type Unavailable } from '../../ports/shared/failure.js';
import type { BucketMissing, Denied } from '../../ports/storage/object-store.js';
import { type GcsApi, objectsPath } from './api.js';
import { BUCKET_MISSING, type CallFailure, otherwise } from './failures.js';

export type ObjectFailure = NotFound | BucketMissing | Denied | Unavailable;

/**
 * 404 says of an object that it, or its bucket, is not there. The message tells which, but no document promises
 * its wording: where it is another, a listing decides, which needs no right on the bucket itself.
 */
export const ofObject =
  (api: GcsApi, bucket: string) =>
  (failure: CallFailure): ResultAsync<never, ObjectFailure> => {
    if (failure.kind !== 'refused' || failure.status !== 404) return errAsync(otherwise(failure));
    if (failure.message.startsWith('No such object')) return errAsync(NOT_FOUND);
    return api
      .tell({ method: 'GET', path: objectsPath(bucket), query: { maxResults: '1', fields: 'kind' } })
      .mapErr((probe): ObjectFailure => {
        if (probe.kind === 'refused' && probe.status === 404) return BUCKET_MISSING;
        return probe.kind === 'unavailable' ? probe : NOT_FOUND;
      })
      .andThen(() => errAsync(NOT_FOUND));
  };
