import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { impossible } from '../../../application/shared/impossible.js';
import type { Account } from '../../../domain/accounts/account.js';
import { capabilitiesOf } from '../../../domain/entitlements/workspace.js';
import { type Html, html } from '../kit/html.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { DIRECTORY, SWITCH } from '../tenantpilot/places.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { posted, type SignedIn, user } from './guards.js';
import { unforged } from './kit/csrf.js';
import { inForm, input, invalidField, type Problem, summary } from './kit/form.js';
import { time } from './kit/format.js';
import { csrfField, layout, type PageParts, page, type Section, toPage } from './kit/layout.js';
import { nextPage } from './kit/list.js';
import { storageOf } from './places.js';
import { problemOf } from './words.js';

const NAME_LENGTH = 200;
const Page = pageQuery({ fallback: 50, max: 1_000 });
const FIRST = Page.parse({});

type Projects = {
  readonly who: SignedIn;
  readonly email: string;
  /** Whether they may look at all workspaces. */
  readonly finds: boolean;
  readonly projects: TokenPage<Account>;
  readonly name?: string;
  readonly problem?: Problem;
};

const table = ({ items, next_page_token }: TokenPage<Account>): Html =>
  items.length === 0
    ? html`<p>You are not a member of any project yet. Create one below.</p>`
    : html`<table><caption>Projects you are a member of</caption>
<thead><tr><th scope="col">Name</th><th scope="col" class="wide">Created</th></tr></thead>
<tbody>${items.map(
        ({ id, name, createdAt }) =>
          html`<tr><th scope="row"><a href="${storageOf(id)}"><bdi>${name}</bdi></a></th><td class="wide">${time(createdAt)}</td></tr>`,
      )}</tbody></table>${nextPage('/app', {}, next_page_token)}`;

/** Where somebody who has just signed in may go. */
const sectionsFor = (finds: boolean): readonly Section[] => [
  { name: 'Projects', href: '/app', current: 'page' },
  { name: 'Workspaces', href: SWITCH },
  ...(finds ? [{ name: 'Directory of workspaces', href: DIRECTORY }] : []),
];

const view = ({ who, email, finds, projects, name, problem }: Projects): PageParts => ({
  title: problem ? 'Error: Projects' : 'Projects',
  csrf: who.csrf,
  sections: sectionsFor(finds),
  sectionsOf: 'Tollhouse',
  main: html`<h1>Projects</h1>
${summary(problem)}
<p class="soft">Signed in as <bdi>${email}</bdi>.</p>
<section class="card">${table(projects)}</section>
<section class="card" aria-labelledby="new"><h2 id="new">New project</h2>
<form method="post" action="/app">${csrfField(who.csrf)}
${input({
  name: 'name',
  label: 'Name',
  value: name,
  problem,
  attributes: html` required maxlength="${NAME_LENGTH}" autocomplete="off"`,
})}
<button>Create project</button></form></section>`,
});

const projectsOf = ({ accounts, pages }: App, who: SignedIn, query: z.output<typeof Page>) =>
  ResultAsync.combine([
    paged(pages, `projects:${who.userId}`, query, (asked) => accounts.listProjects(who, asked)),
    accounts.getMe(who),
  ]).map(
    ([projects, me]): Projects => ({
      who,
      email: me.email,
      finds: capabilitiesOf(me).includes('directory'),
      projects,
    }),
  );

export const projectsPage = route({
  operationId: 'projectsPage',
  at: 'GET /app',
  summary: 'The projects one is a member of',
  auth: user,
  request: { query: Page },
  run: (app, { principal, query }) => projectsOf(app, principal, query),
  reply: page(view),
  errors: { invalid_page_token: 400 },
});

const named = (name: string) =>
  name !== '' && name.length <= NAME_LENGTH
    ? okAsync(name)
    : errAsync(invalidField('name', `A project needs a name of at most ${NAME_LENGTH} characters.`));

export const makeProject = route({
  operationId: 'makeProject',
  at: 'POST /app',
  summary: 'Create a project',
  auth: posted(user),
  body: {
    kind: 'form',
    schema: z.object({ csrf: z.string().default(''), name: z.string().trim().default('') }),
  },
  run: (app, { principal, body }) =>
    inForm(
      unforged(principal, body)
        .asyncAndThen(() => named(body.name))
        .andThen((name) => app.accounts.createProject({ name }, principal))
        .mapErr(impossible('not_found'))
        .map(({ id }) => ({ to: storageOf(id) })),
      (failure) =>
        projectsOf(app, principal, FIRST)
          .map((projects) => layout(view({ ...projects, name: body.name, problem: problemOf(failure) })))
          .mapErr(impossible('invalid_page_token')),
    ),
  reply: toPage(),
  errors: { invalid_field: 400, forged: 403 },
});
