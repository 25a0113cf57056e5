import { ok, ResultAsync, safeTry } from 'neverthrow';
import * as z from 'zod';
import type { Ordered } from '../../../application/entitlements/workspaces/views.js';
import { stretchOf } from '../../../domain/entitlements/pack.js';
import type { Failure } from '../kit/dialect.js';
import { posted } from '../pages/guards.js';
import { unforged } from '../pages/kit/csrf.js';
import { inForm } from '../pages/kit/form.js';
import { layout, page, toPage } from '../pages/kit/layout.js';
import { address } from '../pages/kit/list.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { typedStretch } from './days.js';
import { Csrf, GATED } from './gated.js';
import { inWorkspace, type Worker } from './guards.js';
import { exportView, generationView, regenerationView, type TypedOrder } from './pack-orders.views.js';
import { packOf } from './places.js';
import { PackParams, ReviewParams } from './schemas.js';
import { problemOf } from './words.js';

/** To the pack, which says whether it is a new one. */
const toPack = ({ pack, deduped }: Ordered) => ({
  to: address(packOf(pack.number), { done: deduped ? 'there' : 'ordered' }),
});

const Typed = z.string().max(40).default('');
const TypedOrderDto = z.object({ format: z.enum(['csv', 'json']).default('csv'), from: Typed, to: Typed });

const generation = ({ workspaces }: App, member: Worker, typed: TypedOrder) =>
  workspaces.settingsSummary(member).map((standing) => ({ member, standing, typed }));

const generationAgain = (app: App, member: Worker, typed: TypedOrder) => (failure: Failure) =>
  generation(app, member, typed).map((order) =>
    layout(generationView({ ...order, problem: problemOf(failure) })),
  );

export const generationPage = route({
  operationId: 'generationPage',
  at: 'GET /admin/review-packs/generate',
  summary: 'What would go into a review pack',
  auth: inWorkspace('admin'),
  request: { query: TypedOrderDto },
  run: (app, { principal: member, query }) =>
    inForm(
      safeTry(async function* () {
        const stretch = stretchOf(yield* typedStretch(query), member.at);
        const order = yield* generation(app, member, query);
        return ok({ ...order, stretch });
      }),
      generationAgain(app, member, query),
    ),
  reply: page(generationView),
  errors: { invalid_field: 422 },
});

export const confirmGeneration = route({
  operationId: 'confirmGeneration',
  at: 'POST /admin/review-packs/generate',
  summary: 'Have a review pack made as it was shown',
  auth: posted(inWorkspace('admin')),
  body: { kind: 'form', schema: TypedOrderDto.extend(Csrf.shape) },
  run: (app, { principal: member, body }) =>
    inForm(
      unforged(member, body)
        .andThen(() => typedStretch(body))
        .asyncAndThen((stretch) =>
          app.workspaces.generateReviewPack({ ...stretch, format: body.format }, member),
        )
        .map(toPack),
      generationAgain(app, member, body),
    ),
  reply: toPage(),
  errors: { ...GATED, invalid_field: 422, invalid_order: 422 },
});

const regeneration = ({ workspaces }: App, member: Worker, pack: number) =>
  ResultAsync.combine([workspaces.getPack(pack, member), workspaces.settingsSummary(member)]).map(
    ([shown, standing]) => ({ member, shown, standing }),
  );

export const regenerationPage = route({
  operationId: 'regenerationPage',
  at: 'GET /admin/review-packs/{reviewPack}/regenerate',
  summary: 'What making a review pack anew would come to',
  auth: inWorkspace('admin'),
  request: { params: PackParams },
  run: (app, { principal, params }) => regeneration(app, principal, params.reviewPack),
  reply: page(regenerationView),
  errors: { not_found: 404 },
});

export const confirmRegeneration = route({
  operationId: 'confirmRegeneration',
  at: 'POST /admin/review-packs/{reviewPack}/regenerate',
  summary: 'Have a review pack made anew',
  auth: posted(inWorkspace('admin')),
  request: { params: PackParams },
  body: { kind: 'form', schema: Csrf },
  run: (app, { principal: member, params, body }) =>
    inForm(
      unforged(member, body)
        .asyncAndThen(() => app.workspaces.regenerate(params.reviewPack, member))
        .map(toPack),
      (failure) =>
        regeneration(app, member, params.reviewPack).map((order) =>
          layout(regenerationView({ ...order, problem: problemOf(failure) })),
        ),
    ),
  reply: toPage(),
  errors: GATED,
});

const exporting = ({ workspaces }: App, member: Worker, number: number) =>
  ResultAsync.combine([workspaces.getReview(number, member), workspaces.settingsSummary(member)]).map(
    ([review, standing]) => ({ member, review, standing }),
  );

export const exportPage = route({
  operationId: 'exportPage',
  at: 'GET /admin/tenant-reviews/{tenantReview}/export',
  summary: 'What an executive pack of a review would hold',
  auth: inWorkspace('admin'),
  request: { params: ReviewParams },
  run: (app, { principal, params }) => exporting(app, principal, params.tenantReview),
  reply: page(exportView),
  errors: { not_found: 404 },
});

export const confirmExport = route({
  operationId: 'confirmExport',
  at: 'POST /admin/tenant-reviews/{tenantReview}/export',
  summary: 'Have an executive pack made of a review',
  auth: posted(inWorkspace('admin')),
  request: { params: ReviewParams },
  body: { kind: 'form', schema: Csrf },
  run: (app, { principal: member, params, body }) =>
    inForm(
      unforged(member, body)
        .asyncAndThen(() => app.workspaces.exportExecutivePack(params.tenantReview, member))
        .map(toPack),
      (failure) =>
        exporting(app, member, params.tenantReview).map((order) =>
          layout(exportView({ ...order, problem: problemOf(failure) })),
        ),
    ),
  reply: toPage(),
  errors: GATED,
});
