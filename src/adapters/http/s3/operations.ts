import * as bucket from './operations/bucket.js';
import { copyObject, copyPart } from './operations/copy.js';
import { deleteObjects } from './operations/delete-many.js';
import { listObjects, listObjectsV2 } from './operations/listing.js';
import { abortUpload, completeUpload, createUpload, putPart } from './operations/multipart.js';
import { deleteObject, getObject, headObject, putObject } from './operations/objects.js';
import { listParts, listUploads } from './operations/uploads.js';
import type { Run } from './request.js';
import type { Level, Query } from './target.js';

/** One operation of S3, by its published name, and how a request shows that it means this one. */
export type Operation = {
  readonly name: string;
  readonly method: string;
  readonly level: Level;
  /** Names that its query must have. */
  readonly query?: readonly string[];
  /** A header that it must have. */
  readonly header?: string;
  readonly run: Run;
};

/** All that is served; whatever else S3 has is NotImplemented. */
export const operations: readonly Operation[] = [
  { name: 'ListBuckets', method: 'GET', level: 'service', run: bucket.listBuckets },
  { name: 'HeadBucket', method: 'HEAD', level: 'bucket', run: bucket.headBucket },
  { name: 'CreateBucket', method: 'PUT', level: 'bucket', run: bucket.createBucket },
  {
    name: 'GetBucketLocation',
    method: 'GET',
    level: 'bucket',
    query: ['location'],
    run: bucket.getBucketLocation,
  },
  {
    name: 'GetBucketVersioning',
    method: 'GET',
    level: 'bucket',
    query: ['versioning'],
    run: bucket.getBucketVersioning,
  },
  { name: 'GetBucketAcl', method: 'GET', level: 'bucket', query: ['acl'], run: bucket.getAcl },
  { name: 'GetBucketPolicy', method: 'GET', level: 'bucket', query: ['policy'], run: bucket.getBucketPolicy },
  { name: 'ListObjects', method: 'GET', level: 'bucket', run: listObjects },
  { name: 'ListObjectsV2', method: 'GET', level: 'bucket', query: ['list-type'], run: listObjectsV2 },
  { name: 'ListMultipartUploads', method: 'GET', level: 'bucket', query: ['uploads'], run: listUploads },
  { name: 'DeleteObjects', method: 'POST', level: 'bucket', query: ['delete'], run: deleteObjects },
  { name: 'GetObject', method: 'GET', level: 'object', run: getObject },
  { name: 'HeadObject', method: 'HEAD', level: 'object', run: headObject },
  { name: 'PutObject', method: 'PUT', level: 'object', run: putObject },
  { name: 'CopyObject', method: 'PUT', level: 'object', header: 'x-amz-copy-source', run: copyObject },
  { name: 'DeleteObject', method: 'DELETE', level: 'object', run: deleteObject },
  { name: 'GetObjectAcl', method: 'GET', level: 'object', query: ['acl'], run: bucket.getAcl },
  { name: 'CreateMultipartUpload', method: 'POST', level: 'object', query: ['uploads'], run: createUpload },
  { name: 'UploadPart', method: 'PUT', level: 'object', query: ['partNumber', 'uploadId'], run: putPart },
  {
    name: 'UploadPartCopy',
    method: 'PUT',
    level: 'object',
    query: ['partNumber', 'uploadId'],
    header: 'x-amz-copy-source',
    run: copyPart,
  },
  { name: 'ListParts', method: 'GET', level: 'object', query: ['uploadId'], run: listParts },
  {
    name: 'CompleteMultipartUpload',
    method: 'POST',
    level: 'object',
    query: ['uploadId'],
    run: completeUpload,
  },
  { name: 'AbortMultipartUpload', method: 'DELETE', level: 'object', query: ['uploadId'], run: abortUpload },
];

/** Names in a query that mean another thing than the bucket's listing or the object's content. */
const SUBRESOURCES: ReadonlySet<string> = new Set([
  ...operations.flatMap(({ query = [] }) => query),
  ...['accelerate', 'analytics', 'append', 'attributes', 'cors', 'encryption', 'intelligent-tiering'],
  ...['inventory', 'legal-hold', 'lifecycle', 'logging', 'metrics', 'notification', 'object-lock'],
  ...['ownershipControls', 'policyStatus', 'position', 'publicAccessBlock', 'renameObject', 'replication'],
  ...['requestPayment', 'restore', 'retention', 'select', 'session', 'tagging', 'torrent', 'versionId'],
  ...['versions', 'website'],
]);

type Asked = {
  readonly method: string;
  readonly level: Level;
  readonly query: Query;
  readonly header: (name: string) => string | undefined;
};

const demands = ({ query = [], header }: Operation): number => query.length + (header ? 1 : 0);

/** The operation that all of the request fits, the most demanding one first. */
export const operationFor = ({ method, level, query, header }: Asked): Operation | undefined => {
  const subresources = [...query.keys()].filter((name) => SUBRESOURCES.has(name));
  return operations
    .filter((one) => one.method === method && one.level === level)
    .filter((one) => one.query?.every((name) => query.has(name)) ?? true)
    .filter((one) => subresources.every((name) => one.query?.includes(name)))
    .filter((one) => one.header === undefined || header(one.header) !== undefined)
    .toSorted((a, b) => demands(b) - demands(a))[0];
};
