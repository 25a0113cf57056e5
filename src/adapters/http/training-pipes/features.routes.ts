import { err, ok } from 'neverthrow';
import * as z from 'zod';
import type { AllowanceFields } from '../../../application/entitlements/index.js';
import type { PlanFeature, WindowKind } from '../../../domain/entitlements/allowance.js';
import type { Feature } from '../../../domain/entitlements/feature.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { json } from '../kit/reply.js';
import { route } from './contract.js';
import {
  FeatureCreateDto,
  FeatureDto,
  FeatureUpdateDto,
  PlanFeatureCreateDto,
  PlanFeatureQuery,
  PlanFeatureUpdateDto,
  SubscriptionPlanFeatureDto,
} from './entitlement-schemas.js';
import { platformAdmin, user } from './guards.js';
import { presentFeature, presentPlanFeature } from './present-entitlements.js';
import { Id, listOf } from './schemas.js';

const Params = z.object({ id: Id });

export const listSubscriptionFeatures = route({
  operationId: 'listSubscriptionFeatures',
  at: 'GET /v1/subscription-features',
  summary: 'What plans can include: what this server counts by itself, and what was defined here',
  auth: user(),
  request: { query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: ({ entitlements, pages }, { query }) => paged(pages, 'features', query, entitlements.listFeatures),
  reply: json(200, listOf('SubscriptionFeatureList', FeatureDto), (page: TokenPage<Feature>) => ({
    ...page,
    items: page.items.map(presentFeature),
  })),
  errors: { invalid_page_token: 400 },
});

export const createSubscriptionFeature = route({
  operationId: 'createSubscriptionFeature',
  at: 'POST /v1/subscription-features',
  summary: 'Define something that plans can include: had or not (binary), or counted (usage)',
  auth: platformAdmin,
  body: { kind: 'json', schema: FeatureCreateDto },
  idempotent: true,
  run: ({ entitlements }, { body, principal, once }) =>
    entitlements.createFeature(
      {
        name: body.name,
        isBinary: body.is_binary_based,
        isUsage: body.is_usage_based,
        unit: body.usage_unit,
        highlight: body.highlight,
      },
      principal,
      once,
    ),
  reply: json(201, FeatureDto, presentFeature),
  errors: { invalid_flags: 400, feature_name_taken: 409 },
});

export const updateSubscriptionFeature = route({
  operationId: 'updateSubscriptionFeature',
  at: 'PATCH /v1/subscription-features/{id}',
  summary: 'Change what a feature is called and how it is shown; what it is, only while nobody has it',
  auth: platformAdmin,
  request: { params: Params },
  body: { kind: 'json', schema: FeatureUpdateDto },
  run: ({ entitlements }, { params, body, principal }) =>
    entitlements.updateFeature(
      params.id,
      {
        name: body.name,
        isBinary: body.is_binary_based,
        isUsage: body.is_usage_based,
        unit: body.usage_unit,
        highlight: body.highlight,
      },
      principal,
    ),
  reply: json(200, FeatureDto, presentFeature),
  errors: { invalid_flags: 400, not_found: 404, feature_name_taken: 409, feature_in_use: 409 },
});

/** What a body says of a feature, in the words of the use cases. */
export const allowanceIn = (body: {
  readonly binary_value?: number | undefined;
  readonly usage_limit?: number | undefined;
  readonly window?: WindowKind | undefined;
  readonly is_soft_limit?: boolean | undefined;
  readonly warn_percent?: number | undefined;
}): AllowanceFields => ({
  binaryValue: body.binary_value,
  usageLimit: body.usage_limit === undefined ? undefined : BigInt(body.usage_limit),
  window: body.window,
  soft: body.is_soft_limit,
  warnPercent: body.warn_percent,
});

export const listSubscriptionPlanFeatures = route({
  operationId: 'listSubscriptionPlanFeatures',
  at: 'GET /v1/subscription-plan-features',
  summary: 'What a plan includes, and how much of it',
  auth: user(),
  request: { query: PlanFeatureQuery },
  run: ({ entitlements, pages }, { query }) => {
    const { subscription_plan_id: planId } = query;
    return paged(pages, `plan-features:${planId}`, query, (page) =>
      entitlements.listPlanFeatures(planId, page),
    );
  },
  reply: json(
    200,
    listOf('SubscriptionPlanFeatureList', SubscriptionPlanFeatureDto),
    (page: TokenPage<PlanFeature>) => ({ ...page, items: page.items.map(presentPlanFeature) }),
  ),
  errors: { invalid_page_token: 400 },
});

export const createSubscriptionPlanFeature = route({
  operationId: 'createSubscriptionPlanFeature',
  at: 'POST /v1/subscription-plan-features',
  summary: 'Include a feature in a plan; without a limit, as much of it as one likes',
  auth: platformAdmin,
  body: { kind: 'json', schema: PlanFeatureCreateDto },
  idempotent: true,
  run: ({ entitlements }, { body, principal, once }) =>
    entitlements.createPlanFeature(
      { planId: body.subscription_plan_id, featureId: body.subscription_feature_id, ...allowanceIn(body) },
      principal,
      once,
    ),
  reply: json(201, SubscriptionPlanFeatureDto, presentPlanFeature),
  errors: { value_not_fitting: 400, plan_unknown: 404, feature_unknown: 404, plan_feature_taken: 409 },
});

const BOTH = {
  kind: 'value_not_fitting',
  field: 'is_unlimited',
  reason: 'There is a usage_limit beside it.',
} as const;

/** There is a limit or there is none. */
export const limitIn = ({
  usage_limit: limit,
  is_unlimited: none,
}: Pick<z.output<typeof PlanFeatureUpdateDto>, 'usage_limit' | 'is_unlimited'>) => {
  if (none && limit !== undefined) return err(BOTH);
  return ok(none ? { usageLimit: null } : {});
};

export const updateSubscriptionPlanFeature = route({
  operationId: 'updateSubscriptionPlanFeature',
  at: 'PATCH /v1/subscription-plan-features/{id}',
  summary: 'Change what a plan says of a feature, for all who have the plan and from now on',
  auth: platformAdmin,
  request: { params: Params },
  body: { kind: 'json', schema: PlanFeatureUpdateDto },
  run: ({ entitlements }, { params, body, principal }) =>
    limitIn(body).asyncAndThen((limit) =>
      entitlements.updatePlanFeature(
        params.id,
        {
          planId: body.subscription_plan_id,
          featureId: body.subscription_feature_id,
          ...allowanceIn(body),
          ...limit,
        },
        principal,
      ),
    ),
  reply: json(200, SubscriptionPlanFeatureDto, presentPlanFeature),
  errors: {
    value_not_fitting: 400,
    not_found: 404,
    plan_unknown: 404,
    feature_unknown: 404,
    plan_feature_taken: 409,
  },
});
