import { ResultAsync } from 'neverthrow';
import * as z from 'zod';
import { impossible } from '../../../application/shared/impossible.js';
import { isUuid } from '../../../domain/shared/ids.js';
import { paged, pageQuery } from '../kit/page.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { inProject, type ProjectMember, posted } from './guards.js';
import { unforged } from './kit/csrf.js';
import { inForm } from './kit/form.js';
import { layout, page, toPage } from './kit/layout.js';
import { address } from './kit/list.js';
import { standingOf } from './limits.views.js';
import { storageOf } from './places.js';
import { type StorageView, storageView } from './storage.views.js';
import { problemOf } from './words.js';

export const Id = z.string().refine(isUuid, 'must be an id');
export const ProjectParams = z.object({ project_id: Id });
const Text = z.string().max(1_000).default('');
const Page = pageQuery({ fallback: 100, max: 1_000 });

/** Two lists on one page: each has a token of its own. */
const Lists = Page.extend({ connections_token: z.string().max(2_048).optional() });

const contentsOf = (app: App, member: ProjectMember, query: z.output<typeof Lists>) =>
  ResultAsync.combine([
    paged(app.pages, `buckets:${member.accountId}`, query, (asked) => app.storage.listBuckets(member, asked)),
    paged(
      app.pages,
      `connections:${member.accountId}`,
      { page_size: query.page_size, page_token: query.connections_token },
      (asked) => app.storage.listConnections(member, asked),
    ),
    standingOf(app, member),
  ]).map(
    ([buckets, connections, standing]): StorageView => ({
      member,
      standing,
      buckets,
      connections,
      regions: app.storage.regions(),
    }),
  );

const FIRST = Lists.parse({});

/** The storage page with a form that was refused. */
const storageAgain = (app: App, member: ProjectMember) =>
  contentsOf(app, member, FIRST).mapErr(impossible('invalid_page_token'));

export const storagePage = route({
  operationId: 'storagePage',
  at: 'GET /app/projects/{project_id}/storage',
  summary: 'The buckets and connections of a project',
  auth: inProject('member'),
  request: { params: ProjectParams, query: Lists.extend({ done: z.string().optional() }) },
  run: (app, { principal, query }) =>
    contentsOf(app, principal, query).map((view): StorageView => ({ ...view, done: query.done })),
  reply: page(storageView),
  errors: { invalid_page_token: 400 },
});

const again = (
  app: App,
  member: ProjectMember,
  typed: { readonly name: string; readonly region: string },
  failure: { readonly kind: string },
) =>
  storageAgain(app, member).map((view) =>
    layout(storageView({ ...view, typed, problem: problemOf(failure) })),
  );

export const makeBucket = route({
  operationId: 'makeBucket',
  at: 'POST /app/projects/{project_id}/storage',
  summary: 'Create a bucket',
  auth: posted(inProject('admin')),
  request: { params: ProjectParams },
  body: { kind: 'form', schema: z.object({ csrf: Text, name: Text, region: Text }) },
  run: (app, { principal, body }) =>
    inForm(
      unforged(principal, body)
        .asyncAndThen(() => app.storage.createBucket(body, principal))
        .map(() => ({ to: address(storageOf(principal.account.id), { done: 'created' }) })),
      (failure) => again(app, principal, body, failure),
    ),
  reply: toPage(),
  errors: {
    invalid_bucket_name: 400,
    unknown_region: 400,
    forged: 403,
    quota_exceeded: 403,
    not_found: 404,
    bucket_name_taken: 409,
  },
});
