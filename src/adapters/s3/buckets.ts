import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { ObjectStore } from '../../ports/storage/object-store.js';
import type { S3Api } from './client.js';
import { type CallFailure, isRefusedAs, otherwise, unavailable } from './failures.js';

/** Managed buckets are ours to make and delete: that we may not is a fault of the installation. */
const ofInstallation = (failure: CallFailure): Unavailable => {
  const told = otherwise(failure);
  return told.kind === 'store_denied' ? unavailable(told.reason) : told;
};

export const createS3Bucket =
  (api: S3Api): ObjectStore['createBucket'] =>
  (bucket) =>
    api((s3) => s3.createBucket({ Bucket: bucket }))
      .map(() => undefined)
      .orElse((failure) =>
        isRefusedAs(failure, 'BucketAlreadyOwnedByYou')
          ? okAsync(undefined)
          : errAsync(ofInstallation(failure)),
      );

type Kept = { readonly kind: 'bucket_not_empty' } | Unavailable;

export const deleteS3Bucket =
  (api: S3Api): ObjectStore['deleteBucket'] =>
  (bucket) =>
    api((s3) => s3.deleteBucket({ Bucket: bucket }))
      .map(() => undefined)
      .orElse((failure): ResultAsync<void, Kept> => {
        if (isRefusedAs(failure, 'NoSuchBucket')) return okAsync(undefined);
        return errAsync(
          isRefusedAs(failure, 'BucketNotEmpty') ? { kind: 'bucket_not_empty' } : ofInstallation(failure),
        );
      });
