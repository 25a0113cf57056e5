import * as z from 'zod';
import type { Examination } from '../../../application/storage/connections/probes.js';
import type { Connection } from '../../../domain/storage/connection.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { empty, json } from '../kit/reply.js';
import { ConnectionCreateDto, ConnectionDto, VerifyResultDto } from './connection-schemas.js';
import { route } from './contract.js';
import { inProject, onConnection } from './guards.js';
import { presentConnection } from './present.js';
import { ProjectParams } from './projects.routes.js';
import { Id, listOf } from './schemas.js';

export const ConnectionParams = z.object({ conn_id: Id });

const presentExamination = ({ verdict, checks }: Examination): z.input<typeof VerifyResultDto> => ({
  status: verdict === 'pass' ? 'verified' : 'failed',
  checks: [...checks],
});

export const createConnection = route({
  operationId: 'createConnection',
  at: 'POST /v1/projects/{project_id}/connections',
  summary: 'Connect a bucket of your own',
  auth: inProject('admin'),
  request: { params: ProjectParams },
  body: { kind: 'json', schema: ConnectionCreateDto },
  idempotent: true,
  run: ({ storage }, { body, principal, once }) => storage.createConnection(body, principal, once),
  reply: json(201, ConnectionDto, presentConnection),
  errors: { invalid_connection: 400, quota_exceeded: 403, not_found: 404 },
});

export const listConnections = route({
  operationId: 'listConnections',
  at: 'GET /v1/projects/{project_id}/connections',
  summary: 'The connections of a project',
  auth: inProject('member'),
  request: { params: ProjectParams, query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: ({ storage, pages }, { query, principal }) =>
    paged(pages, `connections:${principal.accountId}`, query, (page) =>
      storage.listConnections(principal, page),
    ),
  reply: json(200, listOf('ConnectionList', ConnectionDto), (page: TokenPage<Connection>) => ({
    ...page,
    items: page.items.map(presentConnection),
  })),
  errors: { invalid_page_token: 400 },
});

export const getConnection = route({
  operationId: 'getConnection',
  at: 'GET /v1/connections/{conn_id}',
  summary: 'A connection',
  auth: onConnection('member'),
  request: { params: ConnectionParams },
  run: ({ storage }, { params, principal }) => storage.getConnection(params.conn_id, principal),
  reply: json(200, ConnectionDto, presentConnection),
  errors: { not_found: 404 },
});

export const deleteConnection = route({
  operationId: 'deleteConnection',
  at: 'DELETE /v1/connections/{conn_id}',
  summary: 'Forget a connection and its credentials; the bucket stays as it is',
  auth: onConnection('admin'),
  request: { params: ConnectionParams },
  run: ({ storage }, { params, principal }) => storage.deleteConnection(params.conn_id, principal),
  reply: empty(204),
  errors: { not_found: 404, connection_mounted: 409 },
});

export const verifyConnection = route({
  operationId: 'verifyConnection',
  at: 'POST /v1/connections/{conn_id}:verify',
  summary: 'Find out what the credentials of a connection may do',
  auth: onConnection('admin'),
  request: { params: ConnectionParams },
  run: ({ storage }, { params, principal }) => storage.verifyConnection(params.conn_id, principal),
  reply: json(200, VerifyResultDto, presentExamination),
  errors: { not_found: 404 },
});
