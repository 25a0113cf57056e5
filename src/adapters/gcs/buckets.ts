import { errAsync, okAsync } from 'neverthrow';
import type { Unavailable } from '../../ports/shared/failure.js';
import type { ObjectStore } from '../../ports/storage/object-store.js';
import { type GcsApi, pathOf } from './api.js';
import { type CallFailure, otherwise, unavailable } from './failures.js';

const bucketPath = (bucket: string): string => `/storage/v1/b/${pathOf(bucket)}`;
const isStatus = (failure: CallFailure, status: number): boolean =>
  failure.kind === 'refused' && failure.status === status;

/** Managed buckets are ours to make and delete: that we may not is a fault of the installation. */
const ofInstallation = (failure: CallFailure): Unavailable => {
  const told = otherwise(failure);
  return told.kind === 'store_denied' ? unavailable(told.reason) : told;
};

type Options = { readonly project: string | undefined; readonly location: string | undefined };

/** Never open to the public, and with one way of giving rights, that of the bucket. */
export const createGcsBucket =
  (api: GcsApi, { project, location }: Options): ObjectStore['createBucket'] =>
  (bucket) => {
    if (project === undefined) return errAsync(unavailable('no project to make buckets in is known'));
    const json = {
      name: bucket,
      ...(location !== undefined && { location }),
      iamConfiguration: {
        publicAccessPrevention: 'enforced',
        uniformBucketLevelAccess: { enabled: true },
      },
    };
    return (
      api
        .tell({ method: 'POST', path: '/storage/v1/b', query: { project }, json })
        // Names are shared by everybody: the one that is taken may be somebody else's.
        .orElse((failure) =>
          isStatus(failure, 409)
            ? api.tell({ method: 'GET', path: bucketPath(bucket), query: { fields: 'name' } })
            : errAsync(failure),
        )
        .mapErr(ofInstallation)
    );
  };

export const deleteGcsBucket =
  (api: GcsApi): ObjectStore['deleteBucket'] =>
  (bucket) =>
    api.tell({ method: 'DELETE', path: bucketPath(bucket) }).orElse((failure) => {
      if (isStatus(failure, 404)) return okAsync(undefined);
      if (isStatus(failure, 409)) return errAsync({ kind: 'bucket_not_empty' as const });
      return errAsync(ofInstallation(failure));
    });
