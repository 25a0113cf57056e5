import { okAsync } from 'neverthrow';
import * as z from 'zod';
import type { Account } from '../../../domain/accounts/account.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { empty, json } from '../kit/reply.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { inPayingProject, inProject, user } from './guards.js';
import { type Paying, presentPaying, presentProject } from './present.js';
import { Id, listOf, Name, ProjectDto } from './schemas.js';

export const ProjectParams = z.object({ project_id: Id });

const withStandings = (billing: App['billing'], { items, ...page }: TokenPage<Account>) =>
  billing.standingsOf(items.map(({ id }) => id)).map((standings) => ({
    ...page,
    items: items.map((account) => ({ account, standing: standings.get(account.id) })),
  }));

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
  run: ({ accounts, billing, pages }, { query, principal }) =>
    paged(pages, `projects:${principal.userId}`, query, (page) =>
      accounts.listProjects(principal, page),
    ).andThen((page) => withStandings(billing, page)),
  reply: json(200, listOf('ProjectList', ProjectDto), (page: TokenPage<Paying>) => ({
    ...page,
    items: page.items.map(presentPaying),
  })),
  errors: { invalid_page_token: 400 },
});

export const getProject = route({
  operationId: 'getProject',
  at: 'GET /v1/projects/{project_id}',
  summary: 'A project',
  auth: inPayingProject('member'),
  request: { params: ProjectParams },
  run: ({ billing }, { principal }) =>
    okAsync({ account: principal.account, standing: billing.standingIn(principal) }),
  reply: json(200, ProjectDto, presentPaying),
  errors: {},
});

export const updateProject = route({
  operationId: 'updateProject',
  at: 'PATCH /v1/projects/{project_id}',
  summary: 'Rename a project',
  auth: inPayingProject('admin'),
  request: { params: ProjectParams },
  body: { kind: 'json', schema: z.object({ name: Name.optional() }) },
  run: ({ accounts, billing }, { body, principal }) =>
    accounts
      .updateProject(body, principal)
      .map((account) => ({ account, standing: billing.standingIn(principal) })),
  reply: json(200, ProjectDto, presentPaying),
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
