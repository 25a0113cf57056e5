import * as z from 'zod';
import { impossible } from '../../../application/shared/impossible.js';
import type { Deleted } from '../../../application/storage/delete-folder.js';
import type { Container } from '../../../application/storage/place.js';
import { RESUME_HEADERS, resumeTerms, sent } from '../kit/downloaded.js';
import { flag } from '../kit/fields.js';
import { download } from '../kit/reply.js';
import { ContainerParams, nameOfContainer } from './containers.routes.js';
import { route } from './contract.js';
import { folderTrail } from './folder.views.js';
import { inProject, type ProjectMember, posted } from './guards.js';
import { unforged } from './kit/csrf.js';
import { page, toPage } from './kit/layout.js';
import { address } from './kit/list.js';
import { confirmView, type Question } from './parts.js';
import { containerAddress, containerOf, folderAddress, parentOf } from './places.js';

const KeyQuery = z.object({ key: z.string().min(1), recursive: flag });

export const downloadFile = route({
  operationId: 'downloadFile',
  at: 'GET /app/projects/{project_id}/storage/{place}/{container_id}/download',
  summary: 'A file, or a folder as a ZIP archive',
  auth: inProject('member'),
  request: {
    params: ContainerParams,
    query: KeyQuery,
    headers: z.object(RESUME_HEADERS),
  },
  run: ({ storage }, { principal, params, query, headers }) => {
    const container = containerOf(params.place, params.container_id);
    return storage
      .downloadObject({ container, ...query, ...resumeTerms(headers) }, principal)
      .mapErr(impossible('precondition_failed'));
  },
  reply: download(sent),
  errors: {
    invalid_key: 400,
    folder_too_large: 400,
    forbidden: 403,
    store_denied: 403,
    not_found: 404,
    bucket_not_active: 409,
    range_unsatisfiable: 416,
  },
});

type Chosen = { readonly key: string; readonly recursive: boolean };

const questionOf = (
  member: ProjectMember,
  container: Container,
  name: string,
  { key, recursive }: Chosen,
): Question => {
  const base = containerAddress(member.account.id, container);
  const query = { key, ...(recursive && { recursive: 'true' }) };
  return {
    member,
    trail: folderTrail({ member, container, name }, parentOf(key)),
    title: recursive ? 'Delete folder' : 'Delete file',
    name: key,
    warning: recursive
      ? 'The folder is deleted with all that is in it. Nothing brings it back.'
      : 'The file is deleted. Nothing brings it back.',
    action: address(`${base}/delete`, query),
    back: folderAddress(member.account.id, container, parentOf(key)),
  };
};

export const removeFilePage = route({
  operationId: 'removeFilePage',
  at: 'GET /app/projects/{project_id}/storage/{place}/{container_id}/delete',
  summary: 'Asks whether a file or folder is to be deleted',
  auth: inProject('member'),
  request: { params: ContainerParams, query: KeyQuery },
  run: (app, { principal, params, query }) => {
    const container = containerOf(params.place, params.container_id);
    return nameOfContainer(app, container, principal).map((name) =>
      questionOf(principal, container, name, query),
    );
  },
  reply: page(confirmView),
  errors: { not_found: 404 },
});

export const removeFile = route({
  operationId: 'removeFile',
  at: 'POST /app/projects/{project_id}/storage/{place}/{container_id}/delete',
  summary: 'Delete a file, or a folder with all that is in it',
  auth: posted(inProject('member')),
  request: { params: ContainerParams, query: KeyQuery },
  body: { kind: 'form', schema: z.object({ csrf: z.string().default('') }) },
  run: ({ storage }, { principal, params, query, body }) => {
    const container = containerOf(params.place, params.container_id);
    const here = containerAddress(principal.account.id, container);
    return unforged(principal, body)
      .asyncAndThen(() => storage.deleteObject({ container, ...query }, principal))
      .map(({ goesOn }: Deleted) => ({
        to: address(here, { prefix: parentOf(query.key), done: goesOn ? 'going_on' : 'deleted' }),
      }));
  },
  reply: toPage(),
  errors: {
    invalid_key: 400,
    forbidden: 403,
    forged: 403,
    store_denied: 403,
    not_found: 404,
    bucket_not_active: 409,
    delete_incomplete: 502,
  },
});
