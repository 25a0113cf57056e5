import * as z from 'zod';
import type { CreatedApiKey } from '../../../application/accounts/api-keys.js';
import type { ApiKey } from '../../../domain/accounts/api-key.js';
import { KEY_SCOPES } from '../../../domain/shared/principal.js';
import { instant } from '../../../domain/shared/time.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { empty, json } from '../kit/reply.js';
import { route } from './contract.js';
import { user } from './guards.js';
import { presentApiKey } from './present.js';
import { ApiKeyCreatedDto, ApiKeyDto, Id, listOf, Name, RoleDto, Timestamp } from './schemas.js';

export const listApiKeys = route({
  operationId: 'listApiKeys',
  at: 'GET /v1/api-keys',
  summary: 'The caller’s API keys',
  auth: user('keys'),
  request: { query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: ({ accounts, pages }, { query, principal }) =>
    paged(pages, `api-keys:${principal.userId}`, query, (page) => accounts.listApiKeys(principal, page)),
  reply: json(200, listOf('ApiKeyList', ApiKeyDto), (page: TokenPage<ApiKey>) => ({
    ...page,
    items: page.items.map(presentApiKey),
  })),
  errors: { invalid_page_token: 400 },
});

export const createApiKey = route({
  operationId: 'createApiKey',
  at: 'POST /v1/api-keys',
  summary: 'Create an API key; it is shown this once',
  auth: user('keys'),
  body: {
    kind: 'json',
    schema: z.object({
      name: Name,
      project_id: z.string().optional(),
      role: RoleDto.optional(),
      scopes: z.array(z.enum(KEY_SCOPES)).max(KEY_SCOPES.length).optional(),
      expires_at: Timestamp.optional(),
    }),
  },
  idempotent: true,
  run: ({ accounts }, { body, principal, once }) =>
    accounts.createApiKey(
      {
        name: body.name,
        projectId: body.project_id,
        role: body.role,
        scopes: body.scopes,
        expiresAt: body.expires_at === undefined ? undefined : instant(Date.parse(body.expires_at)),
      },
      principal,
      once,
    ),
  reply: json(201, ApiKeyCreatedDto, ({ apiKey, key }: CreatedApiKey) => ({ ...presentApiKey(apiKey), key })),
  errors: {
    expiry_in_past: 400,
    unknown_project: 400,
    beyond_own_rights: 403,
    quota_exceeded: 403,
    not_found: 404,
  },
});

export const deleteApiKey = route({
  operationId: 'deleteApiKey',
  at: 'DELETE /v1/api-keys/{api_key_id}',
  summary: 'Revoke an API key',
  auth: user('keys'),
  request: { params: z.object({ api_key_id: Id }) },
  run: ({ accounts }, { params, principal }) => accounts.deleteApiKey(params.api_key_id, principal),
  reply: empty(204),
  errors: { not_found: 404 },
});
