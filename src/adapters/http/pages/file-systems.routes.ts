import { err, ok, type Result, ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { FileSystemAsked } from '../../../application/fleet/create-file-system.js';
import { impossible } from '../../../application/shared/impossible.js';
import { isUuid } from '../../../domain/shared/ids.js';
import type { Once } from '../../../ports/shared/idempotency.js';
import { paged, pageQuery } from '../kit/page.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { type FileSystemsView, fileSystemsView, type Showable } from './file-systems.views.js';
import { inProject, type ProjectMember, posted } from './guards.js';
import { unforged } from './kit/csrf.js';
import { type InvalidField, inForm, invalidField } from './kit/form.js';
import { layout, page, toPage } from './kit/layout.js';
import { address } from './kit/list.js';
import { standingOf } from './limits.views.js';
import { fileSystemAddress } from './places.js';
import { ProjectParams } from './storage.routes.js';
import { problemOf } from './words.js';

const Text = z.string().max(1_000).default('');
const Lists = pageQuery({ fallback: 100, max: 1_000 }).extend({
  gateways_token: z.string().max(2_048).optional(),
});
const FIRST = Lists.parse({});
/** What can be shown fits into one list: projects have far fewer of them. */
const ALL = { size: 1_000, after: undefined };

/** What the project's file systems show, or could. */
const sourcesOf = ({ storage }: App, member: ProjectMember) =>
  ResultAsync.combine([storage.listBuckets(member, ALL), storage.listConnections(member, ALL)]).map(
    ([buckets, connections]): readonly Showable[] => [
      ...buckets.items.map(({ id, name, status }) => ({
        kind: 'bucket' as const,
        id,
        name,
        ready: status === 'active',
      })),
      ...connections.items.map(({ id, uri }) => ({
        kind: 'connection' as const,
        id,
        name: uri,
        ready: true,
      })),
    ],
  );

const contentsOf = (app: App, member: ProjectMember, query: z.output<typeof Lists>) =>
  ResultAsync.combine([
    paged(app.pages, `file-systems:${member.accountId}`, query, (asked) =>
      app.fleet.listFileSystems(member, asked),
    ),
    paged(
      app.pages,
      `gateways:${member.accountId}`,
      { page_size: query.page_size, page_token: query.gateways_token },
      (asked) => app.fleet.listGateways(member, asked),
    ),
    sourcesOf(app, member),
    standingOf(app, member),
  ]).map(
    ([fileSystems, gateways, sources, standing]): FileSystemsView => ({
      member,
      standing,
      fileSystems,
      gateways,
      sources,
      offers: app.fleet.offers(),
      currency: app.fleet.currency,
      formId: app.random.token(16),
    }),
  );

export const fileSystemsPage = route({
  operationId: 'fileSystemsPage',
  at: 'GET /app/projects/{project_id}/file-systems',
  summary: 'The file systems of a project',
  auth: inProject('member'),
  request: { params: ProjectParams, query: Lists.extend({ done: z.string().optional() }) },
  run: (app, { principal, query }) =>
    contentsOf(app, principal, query).map((view): FileSystemsView => ({ ...view, done: query.done })),
  reply: page(fileSystemsView),
  errors: { invalid_page_token: 400 },
});

const NewFileSystem = z.object({
  csrf: Text,
  form_id: Text,
  source: Text,
  region: Text,
  instance_type: Text,
  preload: z
    .string()
    .optional()
    .transform((text) => text === 'true'),
});
type Typed = z.output<typeof NewFileSystem>;

const SOURCE = /^(bucket|connection):(.*)$/;

const askedBy = ({
  source,
  region,
  instance_type,
  preload,
}: Typed): Result<FileSystemAsked, InvalidField> => {
  const [, kind, id = ''] = SOURCE.exec(source) ?? [];
  if (!isUuid(id)) return err(invalidField('source', 'Choose what the file system is to show.'));
  const shown = kind === 'bucket' ? { bucketId: id } : { connectionId: id };
  return ok({ ...shown, region, instanceType: instance_type || undefined, preload });
};

/** A form that is sent twice, with the same in it, makes one file system. */
const onceOf = ({ digest }: App, { userId, at, accountId }: ProjectMember, typed: Typed): Once => {
  const { csrf: _proof, ...said } = typed;
  const key = digest.sha256(JSON.stringify(said));
  return { scope: `user:${userId} form:${accountId}`, key, fingerprint: key, at };
};

export const makeFileSystem = route({
  operationId: 'makeFileSystem',
  at: 'POST /app/projects/{project_id}/file-systems',
  summary: 'Show a bucket or a connection as a file system',
  auth: posted(inProject('admin')),
  request: { params: ProjectParams },
  body: { kind: 'form', schema: NewFileSystem },
  run: (app, { principal, body }) =>
    inForm(
      unforged(principal, body)
        .andThen(() => askedBy(body))
        .asyncAndThen((asked) => app.fleet.createFileSystem(asked, principal, onceOf(app, principal, body)))
        .mapErr(impossible('invalid_source', 'idempotency_key_reused'))
        .map(({ id }) => ({ to: address(fileSystemAddress(principal.account.id, id), { done: 'created' }) })),
      (failure) =>
        contentsOf(app, principal, FIRST)
          .map((view) => layout(fileSystemsView({ ...view, typed: body, problem: problemOf(failure) })))
          .mapErr(impossible('invalid_page_token')),
    ),
  reply: toPage(),
  errors: {
    invalid_field: 400,
    unknown_region: 400,
    unknown_instance_type: 400,
    forged: 403,
    not_entitled: 403,
    quota_exceeded: 403,
    not_found: 404,
    source_not_found: 404,
    source_not_ready: 409,
    provider_not_configured: 409,
  },
});
