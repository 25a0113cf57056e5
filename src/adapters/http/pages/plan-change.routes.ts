import { ok, safeTry } from 'neverthrow';
import * as z from 'zod';
import { instant } from '../../../domain/shared/time.js';
import { payerOf } from '../kit/payer.js';
import type { App } from './app.js';
import { onItsPage, orBillingPage, payer } from './billing.routes.js';
import { billingTrail } from './billing.views.js';
import { route } from './contract.js';
import { Csrf } from './file-system.routes.js';
import { type ProjectMember, posted } from './guards.js';
import { page, toPage } from './kit/layout.js';
import { address } from './kit/list.js';
import { confirmView, type Question } from './parts.js';
import { billingOf } from './places.js';
import { type PlanChangeView, planChangeView } from './plan-change.views.js';
import { ALL_PLANS } from './pricing.routes.js';
import { ProjectParams } from './storage.routes.js';

const PriceId = z.string().max(255).default('');
/** Milliseconds since the epoch, as the page of the preview wrote them. */
const Moment = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform((text) => instant(Number(text)))
  .optional();

const done = ({ account }: ProjectMember, what: string) => ({
  to: address(billingOf(account.id), { done: what }),
});

const previewed = (app: App, member: ProjectMember, priceId: string) =>
  safeTry(async function* () {
    const { preview, at } = yield* app.billing.previewChange({ priceId }, payerOf(member));
    const { items } = yield* app.billing.listPlans('training-pipes', ALL_PLANS);
    const sold = items.flatMap((plan) => plan.prices.map((price) => ({ plan, price })));
    const wanted = sold.find(({ price }) => price.processorId === priceId);
    return ok<PlanChangeView>({ member, priceId, wanted, preview, at });
  });

export const planChangePage = route({
  operationId: 'planChangePage',
  at: 'GET /app/projects/{project_id}/billing/change',
  summary: 'What changing to another plan would cost now',
  auth: payer,
  request: { params: ProjectParams, query: z.object({ price: PriceId }) },
  run: (app, { principal: member, query }) => orBillingPage(app, member, previewed(app, member, query.price)),
  reply: page(planChangeView),
  errors: {
    price_unknown: 400,
    same_price: 400,
    no_subscription: 409,
    change_while_cancelling: 409,
    processor_refused: 502,
    payments_not_configured: 503,
  },
});

export const changePlan = route({
  operationId: 'changePlan',
  at: 'POST /app/projects/{project_id}/billing/change',
  summary: 'Change to another plan, at what the preview said',
  auth: posted(payer),
  request: { params: ProjectParams },
  body: { kind: 'form', schema: Csrf.extend({ price: PriceId, at: Moment }) },
  run: (app, { principal: member, body }) =>
    onItsPage(app, { member, body }, () =>
      app.billing.changePlan({ priceId: body.price, at: body.at }, payerOf(member)),
    ).map(() => done(member, 'changed')),
  reply: toPage(),
  errors: {
    forged: 403,
    price_unknown: 400,
    same_price: 400,
    quote_expired: 400,
    payment_declined: 402,
    not_found: 404,
    no_subscription: 409,
    change_in_progress: 409,
    change_while_cancelling: 409,
    processor_refused: 502,
    payments_not_configured: 503,
  },
});

export const cancelPlanPage = route({
  operationId: 'cancelPlanPage',
  at: 'GET /app/projects/{project_id}/billing/cancel',
  summary: 'Asks whether a subscription is to end',
  auth: payer,
  request: { params: ProjectParams },
  run: (app, { principal: member }) =>
    app.billing.getSubscription(payerOf(member)).map((): Question => {
      const back = billingOf(member.account.id);
      return {
        member,
        section: 'billing',
        trail: billingTrail(member),
        title: 'Cancel subscription',
        name: member.account.name,
        warning: 'The subscription goes on until the period that is paid for is over, and then ends.',
        action: `${back}/cancel`,
        back,
      };
    }),
  reply: page(confirmView),
  errors: {},
});

const CHANGE_ERRORS = {
  forged: 403,
  not_found: 404,
  no_subscription: 409,
  change_in_progress: 409,
  processor_refused: 502,
  payments_not_configured: 503,
} as const;

export const cancelPlan = route({
  operationId: 'cancelPlan',
  at: 'POST /app/projects/{project_id}/billing/cancel',
  summary: 'Let a subscription end with its period',
  auth: posted(payer),
  request: { params: ProjectParams },
  body: { kind: 'form', schema: Csrf },
  run: (app, { principal: member, body }) =>
    onItsPage(app, { member, body }, () => app.billing.cancel(payerOf(member))).map(() =>
      done(member, 'cancelled'),
    ),
  reply: toPage(),
  errors: { ...CHANGE_ERRORS, already_cancelling: 409 },
});

export const resumePlan = route({
  operationId: 'resumePlan',
  at: 'POST /app/projects/{project_id}/billing/resume',
  summary: 'Let a subscription that was to end go on',
  auth: posted(payer),
  request: { params: ProjectParams },
  body: { kind: 'form', schema: Csrf },
  run: (app, { principal: member, body }) =>
    onItsPage(app, { member, body }, () => app.billing.resume(payerOf(member))).map(() =>
      done(member, 'resumed'),
    ),
  reply: toPage(),
  errors: { ...CHANGE_ERRORS, not_cancelling: 409 },
});
