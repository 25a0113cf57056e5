import * as z from 'zod';
import type { Gateway } from '../../../domain/fleet/gateway.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { empty, json } from '../kit/reply.js';
import { route } from './contract.js';
import { GatewayCreateDto, GatewayDto } from './fleet-schemas.js';
import { applicant, inProject, onGateway } from './guards.js';
import { presentGateway } from './present-fleet.js';
import { ProjectParams } from './projects.routes.js';
import { Id, listOf, NamedId } from './schemas.js';

const GatewayParams = z.object({ gateway_id: Id });
const FileSystemNamed = z.object({ file_system_id: NamedId });

export const createGateway = route({
  operationId: 'createGateway',
  at: 'POST /v1/gateways',
  summary: 'Run a gateway, to which file systems can be attached',
  auth: applicant('admin'),
  body: { kind: 'json', schema: GatewayCreateDto },
  idempotent: true,
  run: ({ fleet }, { body: { project_id, ...asked }, principal, once }) =>
    principal.memberOf(project_id).andThen((member) => fleet.createGateway(asked, member, once)),
  reply: json(200, GatewayDto, presentGateway),
  errors: {
    unknown_region: 400,
    unknown_instance_type: 400,
    unauthenticated: 401,
    forbidden: 403,
    not_entitled: 403,
    quota_exceeded: 403,
    not_found: 404,
    provider_not_configured: 409,
  },
});

export const listGateways = route({
  operationId: 'listGateways',
  at: 'GET /v1/projects/{project_id}/gateways',
  summary: 'The gateways of a project, those made for its file systems included',
  auth: inProject('member'),
  request: { params: ProjectParams, query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: ({ fleet, pages }, { query, principal }) =>
    paged(pages, `gateways:${principal.accountId}`, query, (page) => fleet.listGateways(principal, page)),
  reply: json(200, listOf('GatewayList', GatewayDto), (page: TokenPage<Gateway>) => ({
    ...page,
    items: page.items.map(presentGateway),
  })),
  errors: { invalid_page_token: 400 },
});

export const getGateway = route({
  operationId: 'getGateway',
  at: 'GET /v1/gateways/{gateway_id}',
  summary: 'A gateway',
  auth: onGateway('member'),
  request: { params: GatewayParams },
  run: ({ fleet }, { params, principal }) => fleet.getGateway(params.gateway_id, principal),
  reply: json(200, GatewayDto, presentGateway),
  errors: { not_found: 404 },
});

export const deleteGateway = route({
  operationId: 'deleteGateway',
  at: 'DELETE /v1/gateways/{gateway_id}',
  summary: 'End a gateway that serves no file system',
  auth: onGateway('admin'),
  request: { params: GatewayParams },
  run: ({ fleet }, { params, principal }) => fleet.deleteGateway(params.gateway_id, principal),
  reply: empty(204),
  errors: { not_found: 404, gateway_in_use: 409 },
});

export const attachFileSystem = route({
  operationId: 'attachFileSystem',
  at: 'POST /v1/gateways/{gateway_id}:attach',
  summary: 'Have a gateway serve a file system that no other gateway serves',
  auth: onGateway('admin'),
  request: { params: GatewayParams },
  body: { kind: 'json', schema: FileSystemNamed },
  run: ({ fleet }, { params, body, principal }) =>
    fleet.attachFileSystem(params.gateway_id, body.file_system_id, principal),
  reply: empty(204),
  errors: {
    not_entitled: 403,
    quota_exceeded: 403,
    not_found: 404,
    provider_not_configured: 409,
    file_system_attached: 409,
    gateway_terminating: 409,
  },
});

export const detachFileSystem = route({
  operationId: 'detachFileSystem',
  at: 'POST /v1/gateways/{gateway_id}:detach',
  summary: 'Have a gateway let go of a file system once its bytes are in the bucket',
  auth: onGateway('admin'),
  request: { params: GatewayParams },
  body: { kind: 'json', schema: FileSystemNamed },
  run: ({ fleet }, { params, body, principal }) =>
    fleet.detachFileSystem(params.gateway_id, body.file_system_id, principal),
  reply: empty(204),
  errors: { not_found: 404, file_system_not_attached: 409 },
});
