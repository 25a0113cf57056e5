import { okAsync } from 'neverthrow';
import * as z from 'zod';
import type { Account } from '../../../domain/accounts/account.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { empty, json } from '../kit/reply.js';
import { route } from './contract.js';
import { inProject, user } from './guards.js';
import { presentProject } from './present.js';
import { Id, listOf, Name, ProjectDto } from './schemas.js';

export const ProjectParams = z.object({ project_id: Id });

export const createProject = route({
  operationId: 'createProject',
  at: 'POST /v1/projects',
  summary: 'Create a project',
  auth: user(),
  body: { kind: 'json', schema: z.object({ name: Name }) },
  idempotent: true,
  run: ({ accounts }, { body, principal, once }) => accounts.createProject(body, principal, once),
  reply: json(201, ProjectDto, presentProject),
  errors: { not_found: 404 },
});

export const listProjects = route({
  operationId: 'listProjects',
  at: 'GET /v1/projects',
  summary: 'The projects the caller is a member of',
  auth: user(),
  request: { query: pageQuery({ fallback: 50, max: 1000 }) },
  run: ({ accounts, pages }, { query, principal }) =>
    paged(pages, `projects:${principal.userId}`, query, (page) => accounts.listProjects(principal, page)),
  reply: json(200, listOf('ProjectList', ProjectDto), (page: TokenPage<Account>) => ({
    ...page,
    items: page.items.map(presentProject),
  })),
  errors: { invalid_page_token: 400 },
});

export const getProject = route({
  operationId: 'getProject',
  at: 'GET /v1/projects/{project_id}',
  summary: 'A project',
  auth: inProject('member'),
  request: { params: ProjectParams },
  run: (_app, { principal }) => okAsync(principal.account),
  reply: json(200, ProjectDto, presentProject),
  errors: {},
});

export const updateProject = route({
  operationId: 'updateProject',
  at: 'PATCH /v1/projects/{project_id}',
  summary: 'Rename a project',
  auth: inProject('admin'),
  request: { params: ProjectParams },
  body: { kind: 'json', schema: z.object({ name: Name.optional() }) },
  run: ({ accounts }, { body, principal }) => accounts.updateProject(body, principal),
  reply: json(200, ProjectDto, presentProject),
  errors: { not_found: 404 },
});

export const deleteProject = route({
  operationId: 'deleteProject',
  at: 'DELETE /v1/projects/{project_id}',
  summary: 'Delete an empty project',
  auth: inProject('owner'),
  request: { params: ProjectParams },
  run: ({ accounts }, { principal }) => accounts.deleteProject(principal),
  reply: empty(204),
  errors: { not_found: 404, project_not_empty: 409 },
});
