import * as z from 'zod';
import type { AccountMember } from '../../../application/accounts/authenticate.js';
import type { Presigned } from '../../../application/storage/links.js';
import type { Downloaded } from '../../../application/storage/objects.js';
import type { Container } from '../../../application/storage/place.js';
import { iso } from '../../../domain/shared/time.js';
import { LINK_METHODS, MAX_LINK_SECONDS } from '../../../domain/storage/link.js';
import { sent } from '../kit/downloaded.js';
import { download, empty, json } from '../kit/reply.js';
import type { App } from './app.js';
import { BucketParams } from './buckets.routes.js';
import { ConnectionParams } from './connections.routes.js';
import { DownloadHeaders, downloadTerms, UploadHeaders, uploadTerms } from './container-objects.js';
import { route } from './contract.js';
import { anyone, onBucket, onConnection } from './guards.js';
import { inBucket, inConnection } from './in-container.js';
import { Timestamp } from './schemas.js';

const FALLBACK_SECONDS = 900;
const MAX_NAME = 255;
/** Anything but control characters: it goes out in a header. */
const MEDIA_TYPE = /^[\x21-\x7e]+\/[\x20-\x7e]+$/;

const PresignDto = z.object({
  method: z.enum(LINK_METHODS),
  key: z.string(),
  expires_in: z.int().min(1).max(MAX_LINK_SECONDS).default(FALLBACK_SECONDS),
  /** PUT: exactly so many bytes. */
  size: z.int().min(0).optional(),
  /** PUT: what the object is said to be, whatever its sender says. */
  content_type: z.string().max(MAX_NAME).regex(MEDIA_TYPE, 'must be a media type').optional(),
  /** GET: what the attachment is called. */
  filename: z.string().min(1).max(MAX_NAME).optional(),
});

const LinkDto = z
  .object({
    url: z.string(),
    method: z.enum(LINK_METHODS),
    expires_at: Timestamp,
    headers: z.record(z.string(), z.string()),
  })
  .meta({ id: 'ObjectLink' });

const presigning = {
  summary: 'A link under which anyone may get or put one object until it expires',
  request: {},
  body: { kind: 'json', schema: PresignDto },
  run: (
    { storage }: App,
    container: Container,
    { principal, body }: { principal: AccountMember; body: z.output<typeof PresignDto> },
  ) => {
    const { method, key, size, expires_in: expiresIn, content_type: contentType, filename: fileName } = body;
    return storage.presignObject(
      { container, method, key, expiresIn, size, contentType, fileName },
      principal,
    );
  },
  reply: json(200, LinkDto, ({ url, method, expiresAt, headers }: Presigned) => ({
    url,
    method,
    expires_at: iso(expiresAt),
    headers: { ...headers },
  })),
  errors: { invalid_key: 400, invalid_link: 400, not_found: 404 },
} as const;

export const presignBucketObject = route({
  operationId: 'presignBucketObject',
  at: 'POST /v1/buckets/{bucket_id}/objects:presign',
  ...presigning,
  ...inBucket(presigning),
});

export const presignConnectionObject = route({
  operationId: 'presignConnectionObject',
  at: 'POST /v1/connections/{conn_id}/objects:presign',
  ...presigning,
  ...inConnection(presigning),
});

const revoking = {
  summary: 'End all links that were made so far',
  reply: empty(204),
  errors: { not_found: 404 },
} as const;

export const revokeBucketLinks = route({
  operationId: 'revokeBucketLinks',
  at: 'POST /v1/buckets/{bucket_id}/objects:revoke-links',
  ...revoking,
  auth: onBucket('admin'),
  request: { params: BucketParams },
  run: ({ storage }, { params, principal }) =>
    storage.revokeLinks({ kind: 'bucket', id: params.bucket_id }, principal),
});

export const revokeConnectionLinks = route({
  operationId: 'revokeConnectionLinks',
  at: 'POST /v1/connections/{conn_id}/objects:revoke-links',
  ...revoking,
  auth: onConnection('admin'),
  request: { params: ConnectionParams },
  run: ({ storage }, { params, principal }) =>
    storage.revokeLinks({ kind: 'connection', id: params.conn_id }, principal),
});

const LinkParams = z.object({ token: z.string() });

type ByLink = { readonly downloaded: Downloaded; readonly fileName?: string | undefined };

export const downloadByLink = route({
  operationId: 'downloadByLink',
  at: 'GET /v1/links/{token}',
  summary: 'Download the object that a link leads to',
  auth: anyone,
  request: { params: LinkParams, headers: DownloadHeaders },
  run: ({ storage }, { params, headers, visit }) =>
    storage.downloadByLink({ token: params.token, ...downloadTerms(headers) }, visit),
  reply: download(({ downloaded, fileName }: ByLink) => {
    const outgoing = sent(downloaded);
    return 'notModified' in outgoing || fileName === undefined ? outgoing : { ...outgoing, fileName };
  }),
  errors: {
    link_invalid: 403,
    store_denied: 403,
    not_found: 404,
    precondition_failed: 412,
    range_unsatisfiable: 416,
  },
});

export const uploadByLink = route({
  operationId: 'uploadByLink',
  at: 'PUT /v1/links/{token}',
  summary: 'Upload the object that a link leads to',
  auth: anyone,
  request: { params: LinkParams, headers: UploadHeaders },
  body: { kind: 'stream' },
  run: ({ storage }, { params, headers, body, visit }) =>
    storage.uploadByLink({ token: params.token, ...uploadTerms(headers), ...body }, visit),
  reply: empty(204),
  errors: {
    body_mismatch: 400,
    checksum_mismatch: 400,
    link_invalid: 403,
    store_denied: 403,
    not_found: 404,
    precondition_failed: 412,
    object_too_large: 413,
    storage_quota_exceeded: 507,
    store_full: 507,
  },
});
