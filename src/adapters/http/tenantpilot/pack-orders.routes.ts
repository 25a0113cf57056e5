import type * as z from 'zod';
import type { PackCommand } from '../../../application/entitlements/workspaces/index.js';
import type { Ordered } from '../../../application/entitlements/workspaces/views.js';
import { json } from '../kit/reply.js';
import { posted } from '../pages/guards.js';
import { unforged } from '../pages/kit/csrf.js';
import { route } from './contract.js';
import { GATED } from './gated.js';
import { CsrfHeader, csrfIn, inWorkspace } from './guards.js';
import { packOf } from './places.js';
import { presentOrdered } from './present.js';
import { PackCommandDto, PackParams, ReviewParams } from './schemas.js';
import { OrderedDto } from './views-schemas.js';

/** 202: it is made after the answer; where it is, Location says. */
const accepted = json(202, OrderedDto, presentOrdered, ({ pack }: Ordered) => ({
  Location: packOf(pack.number),
}));

const commandOf = ({ format, from, to, ...notes }: z.output<typeof PackCommandDto>): PackCommand => ({
  format,
  from,
  to,
  notes,
});

export const generateReviewPack = route({
  operationId: 'generateReviewPack',
  at: 'POST /admin/review-packs/actions/generate',
  summary: 'Have a review pack made of the workspace, unless there is one like it',
  auth: posted(inWorkspace('admin')),
  request: { headers: CsrfHeader },
  body: { kind: 'json', schema: PackCommandDto, optional: true },
  run: ({ workspaces }, { principal, headers, body }) =>
    unforged(principal, csrfIn(headers)).asyncAndThen(() =>
      workspaces.generateReviewPack(commandOf(body), principal),
    ),
  reply: accepted,
  errors: { ...GATED, invalid_order: 422 },
});

export const regenerateReviewPack = route({
  operationId: 'regenerateReviewPack',
  at: 'POST /admin/review-packs/{reviewPack}/actions/regenerate',
  summary: 'Have a review pack made anew, unless one like it is under way',
  auth: posted(inWorkspace('admin')),
  request: { params: PackParams, headers: CsrfHeader },
  run: ({ workspaces }, { principal, params, headers }) =>
    unforged(principal, csrfIn(headers)).asyncAndThen(() =>
      workspaces.regenerate(params.reviewPack, principal),
    ),
  reply: accepted,
  errors: GATED,
});

export const exportExecutivePack = route({
  operationId: 'exportExecutivePack',
  at: 'POST /admin/tenant-reviews/{tenantReview}/actions/export-executive-pack',
  summary: 'Have an executive pack made of a review, unless there is one like it',
  auth: posted(inWorkspace('admin')),
  request: { params: ReviewParams, headers: CsrfHeader },
  run: ({ workspaces }, { principal, params, headers }) =>
    unforged(principal, csrfIn(headers)).asyncAndThen(() =>
      workspaces.exportExecutivePack(params.tenantReview, principal),
    ),
  reply: accepted,
  errors: GATED,
});
