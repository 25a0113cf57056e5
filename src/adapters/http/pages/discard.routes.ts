import { route } from './contract.js';
import { Csrf, FileSystemParams, questionAbout } from './file-system.routes.js';
import { inProject, posted } from './guards.js';
import { unforged } from './kit/csrf.js';
import { page, toPage } from './kit/layout.js';
import { address } from './kit/list.js';
import { confirmView } from './parts.js';
import { fileSystemsOf } from './places.js';

const LOST =
  'Every file that was written to it and is not in the bucket yet is lost for good: nobody can bring it back, and a flush that is under way is not waited for. Whoever has it mounted loses it at once. What is in the bucket stays.';

export const discardFileSystemPage = route({
  operationId: 'discardFileSystemPage',
  at: 'GET /app/projects/{project_id}/file-systems/{file_system_id}/discard',
  summary: 'Asks whether a file system is to be deleted with what is not in its bucket',
  auth: inProject('admin'),
  request: { params: FileSystemParams },
  run: (app, { principal: member, params: { file_system_id: id } }) =>
    questionAbout(app, member, id, { title: 'Discard file system', verb: 'discard', warning: LOST }),
  reply: page(confirmView),
  errors: { not_found: 404 },
});

export const discardFileSystem = route({
  operationId: 'discardFileSystem',
  at: 'POST /app/projects/{project_id}/file-systems/{file_system_id}/discard',
  summary: 'Delete a file system with what is not in its bucket',
  auth: posted(inProject('admin')),
  request: { params: FileSystemParams },
  body: { kind: 'form', schema: Csrf },
  run: ({ fleet }, { principal: member, params: { file_system_id: id }, body }) =>
    unforged(member, body)
      .asyncAndThen(() => fleet.discardFileSystem(id, member))
      .map(() => ({ to: address(fileSystemsOf(member.account.id), { done: 'discarding' }) })),
  reply: toPage(),
  errors: { forged: 403, not_found: 404 },
});
