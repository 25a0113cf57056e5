import * as z from 'zod';
import type { CreatedOrganizationClient } from '../../../application/accounts/organization-clients.js';
import {
  CLIENT_SCOPES,
  clientRowId,
  type OrganizationClient,
  publicClientId,
} from '../../../domain/accounts/organization-client.js';
import { iso } from '../../../domain/shared/time.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { empty, json } from '../kit/reply.js';
import { route } from './contract.js';
import { inProject } from './guards.js';
import { ProjectParams } from './projects.routes.js';
import { listOf, Name, Timestamp } from './schemas.js';

const ScopeDto = z.enum(CLIENT_SCOPES);
const ClientDto = z
  .object({
    client_id: z.string(),
    project_id: z.string(),
    name: z.string(),
    scopes: z.array(ScopeDto),
    created_at: Timestamp,
  })
  .meta({ id: 'OrganizationClient' });
const ClientCreatedDto = ClientDto.extend({ client_secret: z.string() }).meta({
  id: 'OrganizationClientCreated',
});
const ClientParams = ProjectParams.extend({
  client_id: z.string().refine((id) => clientRowId(id) !== undefined, 'must be the id of a client'),
});

const present = (client: OrganizationClient): z.input<typeof ClientDto> => ({
  client_id: publicClientId(client.id),
  project_id: client.accountId,
  name: client.name,
  scopes: [...client.scopes],
  created_at: iso(client.createdAt),
});

export const createOrganizationClient = route({
  operationId: 'createOrganizationClient',
  at: 'POST /v1/projects/{project_id}/organization-clients',
  summary: 'Create a client of the organization for SentryAgent; its secret is shown this once',
  auth: inProject('admin', 'keys'),
  request: { params: ProjectParams },
  body: {
    kind: 'json',
    schema: z.object({ name: Name, scopes: z.array(ScopeDto).max(CLIENT_SCOPES.length).optional() }),
  },
  idempotent: true,
  run: ({ accounts }, { body, principal, once }) => accounts.createOrganizationClient(body, principal, once),
  reply: json(201, ClientCreatedDto, ({ client, secret }: CreatedOrganizationClient) => ({
    ...present(client),
    client_secret: secret,
  })),
  errors: { forbidden: 403, not_found: 404 },
});

export const listOrganizationClients = route({
  operationId: 'listOrganizationClients',
  at: 'GET /v1/projects/{project_id}/organization-clients',
  summary: 'The clients of the organization, without their secrets',
  auth: inProject('admin', 'keys'),
  request: { params: ProjectParams, query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: ({ accounts, pages }, { query, principal }) =>
    paged(pages, `organization-clients:${principal.accountId}`, query, (page) =>
      accounts.listOrganizationClients(principal, page),
    ),
  reply: json(200, listOf('OrganizationClientList', ClientDto), (page: TokenPage<OrganizationClient>) => ({
    ...page,
    items: page.items.map(present),
  })),
  errors: { invalid_page_token: 400 },
});

export const revokeOrganizationClient = route({
  operationId: 'revokeOrganizationClient',
  at: 'DELETE /v1/projects/{project_id}/organization-clients/{client_id}',
  summary: 'Revoke a client: it gets no more tokens, and those it has open nothing any more',
  auth: inProject('admin', 'keys'),
  request: { params: ClientParams },
  run: ({ accounts }, { params, principal }) =>
    accounts.revokeOrganizationClient(params.client_id, principal),
  reply: empty(204),
  errors: { not_found: 404 },
});
