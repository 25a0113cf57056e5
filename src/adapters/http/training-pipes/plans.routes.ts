import * as z from 'zod';
import type { Plan } from '../../../domain/billing/plan.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { json } from '../kit/reply.js';
import type { App } from './app.js';
import {
  PlanWithFeaturesDto,
  SubscriptionPlanCreateDto,
  SubscriptionPlanDto,
  SubscriptionPlanUpdateDto,
} from './billing-schemas.js';
import { route } from './contract.js';
import { anyone, platformAdmin } from './guards.js';
import { type Offer, presentOffers, presentPlan } from './present-billing.js';
import { Id, listOf } from './schemas.js';

const withFeatures = ({ entitlements }: Pick<App, 'entitlements'>, { items, ...page }: TokenPage<Plan>) =>
  entitlements.planFeaturesOf(items.map(({ id }) => id)).map((included) => ({
    ...page,
    items: items.map((plan): Offer => ({ plan, included: included.get(plan.id) ?? [] })),
  }));

export const listPlans = route({
  operationId: 'listPlans',
  at: 'GET /v1/plans',
  summary: 'What is on sale, open to all',
  auth: anyone,
  request: { query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: (app, { query }) =>
    paged(app.pages, 'plans', query, (page) => app.billing.listPlans('training-pipes', page)).andThen(
      (page) => withFeatures(app, page),
    ),
  reply: json(200, listOf('PlanList', PlanWithFeaturesDto), presentOffers),
  errors: { invalid_page_token: 400 },
});

export const createSubscriptionPlan = route({
  operationId: 'createSubscriptionPlan',
  at: 'POST /v1/subscription-plans',
  summary: 'Put a plan on sale, at the prices that its product has at the payment processor now',
  auth: platformAdmin,
  body: { kind: 'json', schema: SubscriptionPlanCreateDto },
  idempotent: true,
  run: ({ billing }, { body, principal, once }) =>
    billing.createPlan(
      {
        name: body.name,
        productId: body.stripe_product_id,
        monthlyPriceId: body.monthly_price_id,
        yearlyPriceId: body.yearly_price_id,
      },
      principal,
      once,
    ),
  reply: json(201, SubscriptionPlanDto, presentPlan),
  errors: {
    price_not_usable: 400,
    plan_name_taken: 409,
    price_taken: 409,
    payments_not_configured: 503,
  },
});

export const updateSubscriptionPlan = route({
  operationId: 'updateSubscriptionPlan',
  at: 'PATCH /v1/subscription-plans/{id}',
  summary: 'Rename a plan, or sell it at other prices from now on; who is subscribed keeps theirs',
  auth: platformAdmin,
  request: { params: z.object({ id: Id }) },
  body: { kind: 'json', schema: SubscriptionPlanUpdateDto },
  run: ({ billing }, { params, body, principal }) =>
    billing.updatePlan(
      params.id,
      {
        name: body.name,
        productId: body.stripe_product_id,
        monthlyPriceId: body.monthly_price_id,
        yearlyPriceId: body.yearly_price_id,
      },
      principal,
    ),
  reply: json(200, SubscriptionPlanDto, presentPlan),
  errors: {
    price_not_usable: 400,
    plan_name_taken: 409,
    price_taken: 409,
    payments_not_configured: 503,
    not_found: 404,
  },
});
