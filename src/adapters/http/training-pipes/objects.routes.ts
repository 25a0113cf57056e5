import { okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { Deleted } from '../../../application/storage/delete-folder.js';
import type { Downloaded, Folder } from '../../../application/storage/objects.js';
import { iso } from '../../../domain/shared/time.js';
import { nameOf } from '../../../domain/storage/object-key.js';
import type { InvalidPageToken } from '../../../ports/shared/page-tokens.js';
import type { ListEntry } from '../../../ports/storage/object-store.js';
import { entityTags, rangeOf } from '../kit/conditional.js';
import { flag } from '../kit/fields.js';
import { doneOrGoingOn, download, empty, json } from '../kit/reply.js';
import type { App } from './app.js';
import { BucketParams } from './buckets.routes.js';
import { route } from './contract.js';
import { onBucket } from './guards.js';
import { ObjectListDto } from './schemas.js';

/** Exactly one entity tag, as an If-Match on a single version carries. */
const OneTag = z.string().transform((header, context) => {
  const [tag, ...more] = entityTags(header);
  if (tag !== undefined && more.length === 0) return tag;
  context.addIssue({ code: 'custom', message: 'must be one entity tag in quotes' });
  return z.NEVER;
});
const KeyQuery = z.object({ key: z.string() });

const listName = (bucketId: string, prefix: string): string => `objects:${bucketId}:${prefix}`;

const presentEntry = (entry: ListEntry) =>
  entry.type === 'folder'
    ? { key: entry.prefix, name: nameOf(entry.prefix), type: entry.type }
    : {
        key: entry.object.key,
        name: nameOf(entry.object.key),
        type: entry.type,
        size: entry.object.size,
        last_modified: iso(entry.object.modifiedAt),
      };

const cursorOf = (
  { pages }: App,
  list: string,
  token: string | undefined,
): ResultAsync<string | undefined, InvalidPageToken> =>
  token === undefined
    ? okAsync(undefined)
    : pages.read(list, token).asyncAndThen((cursor) => okAsync(cursor));

export const listBucketObjects = route({
  operationId: 'listBucketObjects',
  at: 'GET /v1/buckets/{bucket_id}/objects',
  summary: 'The files and folders directly below a prefix',
  auth: onBucket('member'),
  request: {
    params: BucketParams,
    query: z.object({
      prefix: z.string().default(''),
      continuation_token: z.string().max(8_192).optional(),
      max_keys: z.coerce.number().int().min(1).max(1000).default(200),
    }),
  },
  run: (app, { params, query, principal }) => {
    const list = listName(params.bucket_id, query.prefix);
    return cursorOf(app, list, query.continuation_token)
      .andThen((after) =>
        app.storage.listObjects(
          { bucketId: params.bucket_id, prefix: query.prefix, after, limit: query.max_keys },
          principal,
        ),
      )
      .map((folder) => ({
        ...folder,
        next: folder.next === undefined ? undefined : app.pages.issue(list, folder.next),
      }));
  },
  reply: json(200, ObjectListDto, ({ prefix, entries, next }: Folder) => ({
    items: entries.map(presentEntry),
    prefix,
    has_more: next !== undefined,
    next_continuation_token: next,
  })),
  errors: { invalid_page_token: 400, invalid_key: 400, not_found: 404, bucket_not_active: 409 },
});

export const uploadBucketObject = route({
  operationId: 'uploadBucketObject',
  at: 'PUT /v1/buckets/{bucket_id}/objects',
  summary: 'Upload an object',
  auth: onBucket('member'),
  request: {
    params: BucketParams,
    query: KeyQuery,
    headers: z.object({ 'if-match': OneTag.optional(), 'if-none-match': z.literal('*').optional() }),
  },
  body: { kind: 'stream' },
  run: ({ storage }, { params, query, headers, body, principal }) =>
    storage.uploadObject(
      {
        bucketId: params.bucket_id,
        key: query.key,
        ifMatch: headers['if-match'],
        ifNoneMatch: headers['if-none-match'],
        ...body,
      },
      principal,
    ),
  reply: empty(204),
  errors: {
    invalid_key: 400,
    body_mismatch: 400,
    not_found: 404,
    bucket_not_active: 409,
    precondition_failed: 412,
    object_too_large: 413,
    store_full: 507,
  },
});

export const deleteBucketObject = route({
  operationId: 'deleteBucketObject',
  at: 'DELETE /v1/buckets/{bucket_id}/objects',
  summary: 'Delete an object, or a folder with all that is in it',
  auth: onBucket('member'),
  request: { params: BucketParams, query: KeyQuery.extend({ recursive: flag }) },
  run: ({ storage }, { params, query, principal }) =>
    storage.deleteObject({ bucketId: params.bucket_id, ...query }, principal),
  reply: doneOrGoingOn(({ goesOn }: Deleted) => goesOn),
  errors: { invalid_key: 400, not_found: 404, bucket_not_active: 409, delete_incomplete: 502 },
});

export const downloadBucketObject = route({
  operationId: 'downloadBucketObject',
  at: 'GET /v1/buckets/{bucket_id}/objects/download',
  summary: 'Download an object, or a folder as a ZIP archive',
  auth: onBucket('member'),
  request: {
    params: BucketParams,
    query: KeyQuery.extend({ recursive: flag }),
    headers: z.object({
      range: z.string().optional(),
      'if-range': z.string().optional(),
      'if-match': OneTag.optional(),
      'if-none-match': z.string().optional(),
    }),
  },
  run: ({ storage }, { params, query, headers, principal }) =>
    storage.downloadObject(
      {
        bucketId: params.bucket_id,
        ...query,
        range: rangeOf(headers.range),
        ifMatch: headers['if-match'],
        ifRange: headers['if-range'] === undefined ? undefined : (entityTags(headers['if-range'])[0] ?? ''),
        ifNoneMatch:
          headers['if-none-match'] === undefined ? undefined : entityTags(headers['if-none-match']),
      },
      principal,
    ),
  reply: download((downloaded: Downloaded) => {
    if ('notModified' in downloaded) return { notModified: downloaded.notModified.etag };
    if ('archive' in downloaded) {
      const { body: bytes, ...archive } = downloaded.archive;
      return { bytes, ...archive };
    }
    const { meta, from, to, body, close } = downloaded.stored;
    return {
      bytes: body,
      close,
      length: to - from + 1,
      part: to - from + 1 < meta.size ? { from, to, size: meta.size } : undefined,
      version: { etag: meta.etag, modifiedAt: meta.modifiedAt },
      fileName: nameOf(meta.key),
    };
  }),
  errors: {
    invalid_key: 400,
    folder_too_large: 400,
    not_found: 404,
    bucket_not_active: 409,
    precondition_failed: 412,
    range_unsatisfiable: 416,
  },
});
