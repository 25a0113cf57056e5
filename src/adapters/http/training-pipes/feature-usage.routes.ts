import * as z from 'zod';
import { impossible } from '../../../application/shared/impossible.js';
import type { AccountId } from '../../../domain/shared/ids.js';
import { json } from '../kit/reply.js';
import { route } from './contract.js';
import {
  UsageCreateDto,
  UsageDto,
  UsageEventsDto,
  UsageOutcomesDto,
  UsageUpdateDto,
} from './feature-usage-schemas.js';
import { platformAdmin, recorder } from './guards.js';
import { presentCorrected, presentNoted } from './present-entitlements.js';
import { Id } from './schemas.js';
import { presentOutcomes, recordEvents } from './usage-events.js';

/** The body calls a feature otherwise than the use cases do. */
const inBody = <E extends { readonly kind: string }>(failure: E): E =>
  'field' in failure && failure.field === 'feature'
    ? { ...failure, field: 'subscription_feature_id' }
    : failure;

export const createSubscriptionPlanFeatureUsage = route({
  operationId: 'createSubscriptionPlanFeatureUsage',
  at: 'POST /v1/subscription-plan-feature-usages',
  summary: 'Record that a project has used so much of a feature; with a key, however often it is sent, once',
  auth: recorder,
  body: { kind: 'json', schema: UsageCreateDto },
  run: ({ entitlements, ids }, { body, principal }) =>
    principal.in(body.project_id).andThen((insider) =>
      entitlements
        .recordUsage(
          {
            accountId: insider.accountId,
            feature: body.subscription_feature_id,
            value: body.value,
            usedAt: body.used_at,
            key: body.key ?? ids.next(),
          },
          insider,
        )
        .mapErr(inBody),
    ),
  reply: json(201, UsageDto, presentNoted),
  errors: {
    invalid_value: 400,
    not_metered: 400,
    unauthenticated: 401,
    forbidden: 403,
    not_in_plan: 403,
    not_found: 404,
    feature_unknown: 404,
    key_reused: 409,
  },
});

export const updateSubscriptionPlanFeatureUsage = route({
  operationId: 'updateSubscriptionPlanFeatureUsage',
  at: 'PATCH /v1/subscription-plan-feature-usages/{id}',
  summary: 'Put right what was recorded: the difference is recorded beside it',
  auth: platformAdmin,
  request: { params: z.object({ id: Id }) },
  body: { kind: 'json', schema: UsageUpdateDto },
  run: ({ entitlements }, { params, body, principal }) =>
    entitlements
      .correctUsage(
        params.id,
        {
          accountId: body.project_id as AccountId | undefined,
          feature: body.subscription_feature_id,
          value: body.value,
        },
        principal,
      )
      .mapErr(impossible('key_reused', 'not_in_plan'))
      .mapErr(inBody),
  reply: json(200, UsageDto, presentCorrected),
  errors: {
    invalid_value: 400,
    not_metered: 400,
    not_found: 404,
    feature_unknown: 404,
  },
});

export const recordUsageEvents = route({
  operationId: 'recordUsageEvents',
  at: 'POST /v1/usage-events',
  summary:
    'Record what was used, up to 1,000 events of 50 projects and 100 features at once; each is recorded or refused by itself',
  auth: recorder,
  body: { kind: 'json', schema: UsageEventsDto },
  run: (app, { body: { events }, principal }) => recordEvents(app, events, principal),
  reply: json(200, UsageOutcomesDto, presentOutcomes),
  errors: { unauthenticated: 401, batch_too_large: 413 },
});
