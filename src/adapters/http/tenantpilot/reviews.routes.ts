import { err, ok, type Result } from 'neverthrow';
import * as z from 'zod';
import { impossible } from '../../../application/shared/impossible.js';
import type { TenantReview } from '../../../domain/entitlements/workspace.js';
import type { Instant } from '../../../domain/shared/time.js';
import { paged, pageQuery } from '../kit/page.js';
import { json } from '../kit/reply.js';
import { posted } from '../pages/guards.js';
import { unforged } from '../pages/kit/csrf.js';
import { type InvalidField, inForm, invalidField } from '../pages/kit/form.js';
import { layout, toPage } from '../pages/kit/layout.js';
import { address } from '../pages/kit/list.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { typedStretch } from './days.js';
import { Csrf } from './gated.js';
import { CsrfHeader, csrfIn, inWorkspace, type Worker } from './guards.js';
import { view } from './parts.js';
import { reviewOf } from './places.js';
import { presentPage, presentReview } from './present.js';
import {
  type Reviews,
  reviewsView,
  reviewView,
  type ShownReview,
  type TypedReview,
} from './reviews.views.js';
import { LONGEST_TEXT, ReviewCommandDto, ReviewParams } from './schemas.js';
import { ReviewDto, ReviewPageDto } from './views-schemas.js';
import { problemOf } from './words.js';

const Page = pageQuery({ fallback: 50, max: 1_000 });
const FIRST = Page.parse({});

const reviewsOf = ({ pages, workspaces }: App, member: Worker, query: z.output<typeof Page>) =>
  paged(pages, `reviews:${member.accountId}`, query, (asked) => workspaces.listReviews(member, asked)).map(
    (reviews): Reviews => ({ csrf: member.csrf, member, reviews }),
  );

export const listTenantReviews = route({
  operationId: 'listTenantReviews',
  at: 'GET /admin/tenant-reviews',
  summary: 'The reviews of the workspace, newest first',
  auth: inWorkspace('admin'),
  request: { query: Page },
  run: (app, { principal, query }) => reviewsOf(app, principal, query),
  reply: view(reviewsView, ReviewPageDto, ({ reviews }) => presentPage(presentReview)(reviews)),
  errors: { invalid_page_token: 422 },
});

export const getTenantReview = route({
  operationId: 'getTenantReview',
  at: 'GET /admin/tenant-reviews/{tenantReview}',
  summary: 'A review of the workspace',
  auth: inWorkspace('admin'),
  request: { params: ReviewParams, query: z.object({ done: z.string().max(40).optional() }) },
  run: ({ workspaces }, { principal: member, params, query }) =>
    workspaces
      .getReview(params.tenantReview, member)
      .map((review): ShownReview => ({ csrf: member.csrf, member, review, done: query.done })),
  reply: view(reviewView, ReviewDto, ({ review }) => presentReview(review)),
  errors: { not_found: 404 },
});

export const createTenantReview = route({
  operationId: 'createTenantReview',
  at: 'POST /admin/tenant-reviews',
  summary: 'Write down a review of a stretch of time',
  auth: posted(inWorkspace('admin')),
  request: { headers: CsrfHeader },
  body: { kind: 'json', schema: ReviewCommandDto },
  run: ({ workspaces }, { principal, headers, body: { note, ...review } }) =>
    unforged(principal, csrfIn(headers)).asyncAndThen(() =>
      workspaces.createReview({ ...review, note: note ?? undefined }, principal),
    ),
  reply: json(201, ReviewDto, presentReview, ({ number }: TenantReview) => ({
    Location: reviewOf(number),
  })),
  errors: { forged: 403, forbidden: 403, not_found: 404, invalid_order: 422 },
});

const Typed = z.string().max(LONGEST_TEXT).default('');
const TypedReviewDto = Csrf.extend({ title: Typed, from: Typed, to: Typed, note: Typed });

type Stretch = { readonly from: Instant; readonly to: Instant };

const stretchOf = (typed: TypedReview): Result<Stretch, InvalidField> =>
  typedStretch(typed).andThen(({ from, to }) => {
    if (from === undefined) return err(invalidField('from', 'Say on which day it begins.'));
    return to === undefined ? err(invalidField('to', 'Say on which day it ends.')) : ok({ from, to });
  });

const made = ({ workspaces }: App, member: Worker, typed: TypedReview) =>
  stretchOf(typed).asyncAndThen((stretch) =>
    workspaces.createReview({ ...stretch, title: typed.title, note: typed.note.trim() || undefined }, member),
  );

export const makeReview = route({
  operationId: 'makeReview',
  at: 'POST /admin/tenant-reviews/new',
  summary: 'Write down a review, as people do',
  auth: posted(inWorkspace('admin')),
  body: { kind: 'form', schema: TypedReviewDto },
  run: (app, { principal: member, body }) =>
    inForm(
      unforged(member, body)
        .asyncAndThen(() => made(app, member, body))
        .map(({ number }) => ({ to: address(reviewOf(number), { done: 'made' }) })),
      (failure) =>
        reviewsOf(app, member, FIRST)
          .mapErr(impossible('invalid_page_token'))
          .map((reviews) =>
            layout(
              reviewsView({
                ...reviews,
                typed: body,
                problem: problemOf(failure),
              }),
            ),
          ),
    ),
  reply: toPage(),
  errors: { forged: 403, forbidden: 403, not_found: 404, invalid_field: 422, invalid_order: 422 },
});
