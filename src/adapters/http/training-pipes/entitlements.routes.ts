import * as z from 'zod';
import type { AccountId } from '../../../domain/shared/ids.js';
import { empty, json } from '../kit/reply.js';
import { route } from './contract.js';
import { DecisionDto, presentDecision } from './decision.js';
import {
  CheckDto,
  ConfirmDto,
  EntitlementsDto,
  OverrideDto,
  OverridePutDto,
  ReservationDto,
  ReserveDto,
} from './entitlement-schemas.js';
import { allowanceIn, limitIn } from './features.routes.js';
import { askingInProject, inProject, platformAdmin } from './guards.js';
import {
  type ProjectEntitlements,
  presentEntitlements,
  presentOverride,
  presentReserved,
} from './present-entitlements.js';
import { ProjectParams } from './projects.routes.js';
import { Id } from './schemas.js';

export const getProjectEntitlements = route({
  operationId: 'getProjectEntitlements',
  at: 'GET /v1/projects/{project_id}/entitlements',
  summary: 'What a project may have of each feature, what it has used, and why',
  auth: inProject('member'),
  request: { params: ProjectParams },
  run: ({ entitlements }, { principal: { accountId, at } }) =>
    entitlements
      .entitlementsOf(accountId, at)
      .map((may): ProjectEntitlements => ({ projectId: accountId, may })),
  reply: json(200, EntitlementsDto, presentEntitlements),
  errors: {},
});

export const checkEntitlement = route({
  operationId: 'checkEntitlement',
  at: 'POST /v1/projects/{project_id}/entitlements:check',
  summary: 'May the project have so much more of a feature now? At most 250 ms old; to be certain, reserve',
  auth: askingInProject('member'),
  request: { params: ProjectParams },
  body: { kind: 'json', schema: CheckDto },
  run: ({ entitlements }, { body, principal: { accountId, at } }) => entitlements.check(accountId, body, at),
  reply: json(200, DecisionDto, presentDecision),
  errors: { invalid_value: 400, feature_unknown: 404 },
});

export const reserveEntitlement = route({
  operationId: 'reserveEntitlement',
  at: 'POST /v1/projects/{project_id}/entitlements:reserve',
  summary:
    'Set so much of a feature aside, never past a hard limit, until it is confirmed, released or expired',
  auth: inProject('admin'),
  request: { params: ProjectParams },
  body: { kind: 'json', schema: ReserveDto },
  idempotent: true,
  run: ({ entitlements }, { body: { feature, amount, ttl_seconds: ttlSeconds }, principal, once }) =>
    entitlements.reserve({ accountId: principal.accountId, feature, amount, ttlSeconds }, principal, once),
  reply: json(201, ReservationDto, presentReserved),
  errors: {
    invalid_value: 400,
    not_reservable: 400,
    limit_reached: 403,
    not_found: 404,
    feature_unknown: 404,
  },
});

const ReservationParams = ProjectParams.extend({ reservation_id: Id });

export const confirmReservation = route({
  operationId: 'confirmReservation',
  at: 'POST /v1/projects/{project_id}/reservations/{reservation_id}:confirm',
  summary: 'Record what was set aside as used, or as much of it as was',
  auth: inProject('admin'),
  request: { params: ReservationParams },
  body: { kind: 'json', schema: ConfirmDto, optional: true },
  run: ({ entitlements }, { params, body, principal }) =>
    entitlements.confirm(params.reservation_id, body, principal),
  reply: json(200, ReservationDto, presentReserved),
  errors: { invalid_value: 400, not_found: 404, reservation_over: 409 },
});

export const releaseReservation = route({
  operationId: 'releaseReservation',
  at: 'POST /v1/projects/{project_id}/reservations/{reservation_id}:release',
  summary: 'Give back what was set aside',
  auth: inProject('admin'),
  request: { params: ReservationParams },
  run: ({ entitlements }, { params, principal }) => entitlements.release(params.reservation_id, principal),
  reply: json(200, ReservationDto, presentReserved),
  errors: { not_found: 404, reservation_over: 409 },
});

const OverrideParams = ProjectParams.extend({ feature: z.string().min(1).max(200) });
const accountIn = ({ project_id: id }: z.output<typeof OverrideParams>): AccountId => id as AccountId;

export const setEntitlementOverride = route({
  operationId: 'setEntitlementOverride',
  at: 'PUT /v1/projects/{project_id}/entitlements/{feature}/override',
  summary: 'Say what one project may have of a feature, whatever its plan says, for good or until a moment',
  auth: platformAdmin,
  request: { params: OverrideParams },
  body: { kind: 'json', schema: OverridePutDto },
  run: ({ entitlements }, { params, body, principal }) =>
    limitIn(body).asyncAndThen((limit) =>
      entitlements.setOverride(
        accountIn(params),
        params.feature,
        { ...allowanceIn(body), ...limit, reason: body.reason, endsAt: body.ends_at },
        principal,
      ),
    ),
  reply: json(200, OverrideDto, presentOverride),
  errors: { value_not_fitting: 400, not_found: 404, feature_unknown: 404 },
});

export const removeEntitlementOverride = route({
  operationId: 'removeEntitlementOverride',
  at: 'DELETE /v1/projects/{project_id}/entitlements/{feature}/override',
  summary: 'Let the plan of the project count again',
  auth: platformAdmin,
  request: { params: OverrideParams },
  run: ({ entitlements }, { params, principal }) =>
    entitlements.removeOverride(accountIn(params), params.feature, principal),
  reply: empty(204),
  errors: { not_found: 404, feature_unknown: 404 },
});
