import * as z from 'zod';
import { paged, pageQuery } from '../kit/page.js';
import { json } from '../kit/reply.js';
import { route } from './contract.js';
import { anyone, platformAdmin } from './guards.js';
import { presentPlan, presentPlans } from './present.js';
import { CreatePlanIn, PlanOut, PlansDto } from './schemas.js';

export const listPlans = route({
  operationId: 'listPlans',
  at: 'GET /api/plans',
  summary: 'What is on sale, open to all',
  auth: anyone,
  request: { query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: ({ billing, pages }, { query }) =>
    paged(pages, 'datilio plans', query, (page) => billing.listPlans('datilio', page)),
  reply: json(200, PlansDto, presentPlans),
  errors: { invalid_page_token: 400 },
});

export const createPlan = route({
  operationId: 'createPlan',
  at: 'POST /api/plans',
  summary: 'Put a plan on sale; its prices at the payment processor are made when it is bought',
  auth: platformAdmin,
  body: { kind: 'json', schema: CreatePlanIn, exact: true },
  idempotent: true,
  run: ({ billing }, { body: { name, price_monthly, ...traits }, principal, once }) =>
    billing.createOwnPlan(
      { catalogue: 'datilio', name, cost: price_monthly, every: { interval: 'month', count: 1 }, traits },
      principal,
      once,
    ),
  reply: json(201, z.object({ plan: PlanOut }), presentPlan),
  errors: { plan_name_taken: 409 },
});
