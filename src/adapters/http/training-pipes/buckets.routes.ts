import * as z from 'zod';
import type { ReachableBucket } from '../../../application/storage/reach.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { empty, json } from '../kit/reply.js';
import { route } from './contract.js';
import { inProject, onBucket } from './guards.js';
import { presentBucket } from './present.js';
import { ProjectParams } from './projects.routes.js';
import { BucketDto, Id, listOf } from './schemas.js';

export const BucketParams = z.object({ bucket_id: Id });

export const createBucket = route({
  operationId: 'createBucket',
  at: 'POST /v1/projects/{project_id}/buckets',
  summary: 'Create a managed bucket',
  auth: inProject('admin'),
  request: { params: ProjectParams },
  body: { kind: 'json', schema: z.object({ name: z.string(), region: z.string() }) },
  idempotent: true,
  run: ({ storage }, { body, principal, once }) =>
    storage.createBucket(body, principal, once).map(storage.reachable),
  reply: json(201, BucketDto, presentBucket),
  errors: {
    invalid_bucket_name: 400,
    unknown_region: 400,
    quota_exceeded: 403,
    not_found: 404,
    bucket_name_taken: 409,
  },
});

export const listBuckets = route({
  operationId: 'listBuckets',
  at: 'GET /v1/projects/{project_id}/buckets',
  summary: 'The managed buckets of a project',
  auth: inProject('member'),
  request: { params: ProjectParams, query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: ({ storage, pages }, { query, principal }) =>
    paged(pages, `buckets:${principal.accountId}`, query, (page) => storage.listBuckets(principal, page)).map(
      (page) => ({ ...page, items: page.items.map((bucket) => storage.reachable({ bucket })) }),
    ),
  reply: json(200, listOf('BucketList', BucketDto), (page: TokenPage<ReachableBucket>) => ({
    ...page,
    items: page.items.map(presentBucket),
  })),
  errors: { invalid_page_token: 400 },
});

export const getBucket = route({
  operationId: 'getBucket',
  at: 'GET /v1/buckets/{bucket_id}',
  summary: 'A managed bucket',
  auth: onBucket('member'),
  request: { params: BucketParams },
  run: ({ storage }, { params, principal }) =>
    storage.getBucket(params.bucket_id, principal).map(storage.reachable),
  reply: json(200, BucketDto, presentBucket),
  errors: { not_found: 404 },
});

export const deleteBucket = route({
  operationId: 'deleteBucket',
  at: 'DELETE /v1/buckets/{bucket_id}',
  summary: 'Delete a managed bucket and all that is in it',
  auth: onBucket('admin'),
  request: { params: BucketParams },
  run: ({ storage }, { params, principal }) => storage.deleteBucket(params.bucket_id, principal),
  reply: empty(204),
  errors: { not_found: 404, bucket_mounted: 409 },
});
