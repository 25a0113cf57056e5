import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { isUuid } from '../../../domain/shared/ids.js';
import { route } from './contract.js';
import { Csrf, FileSystemParams, onItsPage } from './file-system.routes.js';
import { inProject, posted } from './guards.js';
import { type InvalidField, invalidField } from './kit/form.js';
import { toPage } from './kit/layout.js';

const Named = Csrf.extend({ gateway_id: z.string().max(1_000).default('') });

const chosen = (id: string): ResultAsync<string, InvalidField> =>
  isUuid(id) ? okAsync(id) : errAsync(invalidField('gateway_id', 'Choose a gateway.'));

export const attach = route({
  operationId: 'attach',
  at: 'POST /app/projects/{project_id}/file-systems/{file_system_id}/attach',
  summary: 'Have a gateway serve a file system',
  auth: posted(inProject('admin')),
  request: { params: FileSystemParams },
  body: { kind: 'form', schema: Named },
  run: (app, { principal: member, params: { file_system_id: id }, body }) =>
    onItsPage(app, { member, id, body, done: 'attached' }, () =>
      chosen(body.gateway_id).andThen((gateway) => app.fleet.attachFileSystem(gateway, id, member)),
    ),
  reply: toPage(),
  errors: {
    invalid_field: 400,
    forged: 403,
    not_entitled: 403,
    quota_exceeded: 403,
    not_found: 404,
    provider_not_configured: 409,
    file_system_attached: 409,
    gateway_terminating: 409,
  },
});

export const detach = route({
  operationId: 'detach',
  at: 'POST /app/projects/{project_id}/file-systems/{file_system_id}/detach',
  summary: 'Have a gateway let go of a file system',
  auth: posted(inProject('admin')),
  request: { params: FileSystemParams },
  body: { kind: 'form', schema: Named },
  run: (app, { principal: member, params: { file_system_id: id }, body }) =>
    onItsPage(app, { member, id, body, done: 'detaching' }, () =>
      chosen(body.gateway_id).andThen((gateway) => app.fleet.detachFileSystem(gateway, id, member)),
    ),
  reply: toPage(),
  errors: { invalid_field: 400, forged: 403, not_found: 404, file_system_not_attached: 409 },
});
