import * as z from 'zod';
import type { Workspace } from '../../../domain/entitlements/workspace.js';
import { type Html, html } from '../kit/html.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import type { PageParts } from '../pages/kit/layout.js';
import { nextPage } from '../pages/kit/list.js';
import { route } from './contract.js';
import { operator } from './guards.js';
import { aroundSystem, view } from './parts.js';
import { DIRECTORY, systemWorkspace } from './places.js';
import { presentPage, presentSystemWorkspace, presentWorkspace } from './present.js';
import { WorkspaceParams } from './schemas.js';
import { type SystemWorkspace, systemWorkspaceView } from './system-workspace.views.js';
import { SystemWorkspaceDto, WorkspacePageDto } from './views-schemas.js';

const Page = pageQuery({ fallback: 50, max: 1_000 });
type Directory = { readonly csrf: string; readonly workspaces: TokenPage<Workspace> };

const table = ({ items, next_page_token }: TokenPage<Workspace>): Html =>
  items.length === 0
    ? html`<p>There are no workspaces yet.</p>`
    : html`<table><caption>All workspaces, oldest first</caption>
<thead><tr><th scope="col">Number</th><th scope="col">Name</th></tr></thead>
<tbody>${items.map(
        ({ number, name }) =>
          html`<tr><td class="number">${number}</td><th scope="row"><a href="${systemWorkspace(number)}"><bdi>${name}</bdi></a></th></tr>`,
      )}</tbody></table>${nextPage(DIRECTORY, {}, next_page_token)}`;

const directoryView = ({ csrf, workspaces }: Directory): PageParts => ({
  ...aroundSystem(csrf),
  title: 'Directory of workspaces',
  main: html`<h1>Directory of workspaces</h1><section class="card">${table(workspaces)}</section>`,
});

export const listSystemWorkspaces = route({
  operationId: 'listSystemWorkspaces',
  at: 'GET /system/directory/workspaces',
  summary: 'All workspaces, as the platform finds them',
  auth: operator('directory'),
  request: { query: Page },
  run: (app, { principal, query }) =>
    paged(app.pages, 'workspaces', query, (asked) => app.workspaces.directory(principal, asked)).map(
      (workspaces): Directory => ({ csrf: principal.csrf, workspaces }),
    ),
  reply: view(directoryView, WorkspacePageDto, ({ workspaces }) => presentPage(presentWorkspace)(workspaces)),
  errors: { invalid_page_token: 422 },
});

export const getSystemWorkspace = route({
  operationId: 'getSystemWorkspace',
  at: 'GET /system/directory/workspaces/{workspace}',
  summary: 'What is on record of a workspace’s subscription, and what follows from it',
  auth: operator('directory'),
  request: { params: WorkspaceParams, query: z.object({ done: z.string().max(40).optional() }) },
  run: ({ workspaces }, { principal, params, query }) =>
    workspaces
      .subscriptionView(params.workspace, principal)
      .map((shown): SystemWorkspace => ({ csrf: principal.csrf, shown, done: query.done })),
  reply: view(systemWorkspaceView, SystemWorkspaceDto, ({ shown }) => presentSystemWorkspace(shown)),
  errors: { not_found: 404 },
});
