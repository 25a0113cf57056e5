import { deleting, downloading, listing, uploading } from './container-objects.js';
import { route } from './contract.js';
import { usingBucket, usingConnection } from './guards.js';
import { inBucket, inConnection } from './in-container.js';

export const listBucketObjects = route({
  operationId: 'listBucketObjects',
  at: 'GET /v1/buckets/{bucket_id}/objects',
  ...listing,
  ...inBucket(listing),
});

export const uploadBucketObject = route({
  operationId: 'uploadBucketObject',
  at: 'PUT /v1/buckets/{bucket_id}/objects',
  ...uploading,
  ...inBucket(uploading, usingBucket('member')),
});

export const deleteBucketObject = route({
  operationId: 'deleteBucketObject',
  at: 'DELETE /v1/buckets/{bucket_id}/objects',
  ...deleting,
  ...inBucket(deleting),
});

export const downloadBucketObject = route({
  operationId: 'downloadBucketObject',
  at: 'GET /v1/buckets/{bucket_id}/objects/download',
  ...downloading,
  ...inBucket(downloading, usingBucket('member')),
});

export const listConnectionObjects = route({
  operationId: 'listConnectionObjects',
  at: 'GET /v1/connections/{conn_id}/objects',
  ...listing,
  ...inConnection(listing, usingConnection('member')),
});

export const uploadConnectionObject = route({
  operationId: 'uploadConnectionObject',
  at: 'PUT /v1/connections/{conn_id}/objects',
  ...uploading,
  ...inConnection(uploading),
});

export const deleteConnectionObject = route({
  operationId: 'deleteConnectionObject',
  at: 'DELETE /v1/connections/{conn_id}/objects',
  ...deleting,
  ...inConnection(deleting),
});

export const downloadConnectionObject = route({
  operationId: 'downloadConnectionObject',
  at: 'GET /v1/connections/{conn_id}/objects/download',
  ...downloading,
  ...inConnection(downloading),
});
