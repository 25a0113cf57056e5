import * as z from 'zod';
import type { PackDownload, PackView } from '../../../application/entitlements/workspaces/views.js';
import { paged, pageQuery } from '../kit/page.js';
import { type Outgoing, wholeDownload } from '../kit/reply.js';
import { route } from './contract.js';
import { inWorkspace } from './guards.js';
import { type Packs, packsView, packView, type ShownPack } from './packs.views.js';
import { view } from './parts.js';
import { presentPack, presentPage } from './present.js';
import { PackParams } from './schemas.js';
import { PackDto, PackPageDto } from './views-schemas.js';

const Page = pageQuery({ fallback: 50, max: 1_000 });

export const listReviewPacks = route({
  operationId: 'listReviewPacks',
  at: 'GET /admin/review-packs',
  summary: 'The review packs of the workspace, newest first',
  auth: inWorkspace('admin'),
  request: { query: Page },
  run: ({ pages, workspaces }, { principal: member, query }) =>
    paged(pages, `packs:${member.accountId}`, query, (asked) => workspaces.listPacks(member, asked)).map(
      (packs): Packs => ({ csrf: member.csrf, member, packs }),
    ),
  reply: view(packsView, PackPageDto, ({ packs }) => presentPage(presentPack)(packs)),
  errors: { invalid_page_token: 422 },
});

export const getReviewPack = route({
  operationId: 'getReviewPack',
  at: 'GET /admin/review-packs/{reviewPack}',
  summary: 'A review pack, and how far the work on it is',
  auth: inWorkspace('admin'),
  request: { params: PackParams, query: z.object({ done: z.string().max(40).optional() }) },
  run: ({ workspaces }, { principal: member, params, query }) =>
    workspaces
      .getPack(params.reviewPack, member)
      .map((shown: PackView): ShownPack => ({ csrf: member.csrf, member, shown, done: query.done })),
  reply: view(packView, PackDto, ({ shown }) => presentPack(shown)),
  errors: { not_found: 404 },
});

const outgoing = ({ body, close, size, fileName }: PackDownload): Outgoing => ({
  bytes: body,
  close,
  length: size,
  fileName,
});

export const downloadReviewPack = route({
  operationId: 'downloadReviewPack',
  at: 'GET /admin/review-packs/{reviewPack}/download',
  summary: 'The archive of a review pack',
  auth: inWorkspace('admin'),
  request: { params: PackParams },
  run: ({ workspaces }, { principal, params }) => workspaces.packDownload(params.reviewPack, principal),
  reply: wholeDownload(outgoing),
  errors: { not_found: 404, pack_altered: 409, pack_not_ready: 409 },
});
