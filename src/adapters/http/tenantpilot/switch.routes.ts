import * as z from 'zod';
import { impossible } from '../../../application/shared/impossible.js';
import type { Workspace } from '../../../domain/entitlements/workspace.js';
import { type Html, html } from '../kit/html.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { posted } from '../pages/guards.js';
import { unforged } from '../pages/kit/csrf.js';
import { csrfField, type PageParts, toPage } from '../pages/kit/layout.js';
import { nextPage } from '../pages/kit/list.js';
import { HOME, safeNext } from '../pages/kit/next.js';
import { route } from './contract.js';
import { user } from './guards.js';
import { view } from './parts.js';
import { SETTINGS, SWITCH } from './places.js';
import { presentPage, presentWorkspace } from './present.js';
import { WorkspacePageDto } from './views-schemas.js';

const Next = z.string().max(4_096).optional();
const Page = pageQuery({ fallback: 50, max: 1_000 });

type Choice = {
  readonly csrf: string;
  readonly next: string | undefined;
  readonly workspaces: TokenPage<Workspace>;
};

const offer = ({ csrf, next }: Choice, { number, name }: Workspace): Html =>
  html`<tr><th scope="row"><bdi>${name}</bdi></th><td class="actions"><form method="post" action="${SWITCH}">${csrfField(csrf)}<input type="hidden" name="workspace" value="${number}">${
    next !== undefined && html`<input type="hidden" name="next" value="${next}">`
  }<button class="quiet">Work here<span class="hidden"> <bdi>${name}</bdi></span></button></form></td></tr>`;

const switchView = (choice: Choice): PageParts => {
  const { items, next_page_token } = choice.workspaces;
  return {
    csrf: choice.csrf,
    title: 'Workspaces',
    trail: [{ name: 'Workspaces', href: SWITCH }],
    main: html`<h1>Workspaces</h1><section class="card">${
      items.length === 0
        ? html`<p>You are not a member of any workspace yet. Each project is one: <a href="${HOME}">create a project</a>.</p>`
        : html`<table><caption>Choose the one to work in</caption>
<thead><tr><th scope="col">Name</th><th scope="col" class="actions"><span class="hidden">Choose</span></th></tr></thead>
<tbody>${items.map((workspace) => offer(choice, workspace))}</tbody></table>${nextPage(SWITCH, { next: choice.next }, next_page_token)}`
    }</section>`,
  };
};

export const listWorkspaces = route({
  operationId: 'listWorkspaces',
  at: 'GET /admin/switch',
  summary: 'The workspaces one is a member of, to choose from',
  auth: user,
  request: { query: Page.extend({ next: Next }) },
  run: (app, { principal, query }) =>
    paged(app.pages, `workspaces:${principal.userId}`, query, (asked) =>
      app.workspaces.workspacesOf(principal, asked),
    ).map((workspaces): Choice => ({ csrf: principal.csrf, next: query.next, workspaces })),
  reply: view(switchView, WorkspacePageDto, ({ workspaces }) => presentPage(presentWorkspace)(workspaces)),
  errors: { invalid_page_token: 422 },
});

const NOBODYS = -1;
const Chosen = z
  .string()
  .max(20)
  .default('')
  .transform((text) => (/^[1-9]\d{0,14}$/.test(text) ? Number(text) : NOBODYS));

/** Back to the page that asked for a choice, if it is one of a workspace. */
const goOn = (next: string | undefined): string =>
  safeNext(next).startsWith('/admin/') ? safeNext(next) : SETTINGS;

export const switchWorkspace = route({
  operationId: 'switchWorkspace',
  at: 'POST /admin/switch',
  summary: 'Work in this workspace from here on',
  auth: posted(user),
  body: {
    kind: 'form',
    schema: z.object({ csrf: z.string().max(200).default(''), workspace: Chosen, next: Next }),
  },
  run: ({ workspaces }, { principal, body }) =>
    unforged(principal, body)
      .asyncAndThen(() => workspaces.switchWorkspace(principal, body.workspace))
      .mapErr(impossible('session_needed'))
      .map(() => ({ to: goOn(body.next) })),
  reply: toPage(),
  errors: { forged: 403, not_found: 404 },
});
