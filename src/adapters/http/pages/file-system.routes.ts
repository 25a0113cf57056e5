import { ok, type ResultAsync, safeTry } from 'neverthrow';
import * as z from 'zod';
import type { Watched } from '../../../application/fleet/watch.js';
import { type ServerSentEvent, sse } from '../kit/reply.js';
import type { App } from './app.js';
import { nameOfContainer } from './containers.routes.js';
import { route } from './contract.js';
import { type FileSystemView, fileSystemTrail, fileSystemView } from './file-system.views.js';
import { inProject, type ProjectMember, posted } from './guards.js';
import { unforged } from './kit/csrf.js';
import { inForm } from './kit/form.js';
import { layout, page, toPage } from './kit/layout.js';
import { address } from './kit/list.js';
import { confirmView, type Question } from './parts.js';
import { fileSystemAddress, fileSystemsOf } from './places.js';
import { Id, ProjectParams } from './storage.routes.js';
import { problemOf } from './words.js';

export const FileSystemParams = ProjectParams.extend({ file_system_id: Id });
export const Csrf = z.object({ csrf: z.string().default('') });

const GATEWAYS = { size: 1_000, after: undefined };

const contentsOf = (app: App, member: ProjectMember, id: string) =>
  safeTry(async function* () {
    const { fileSystem, webdavPassword: password } = yield* app.fleet.getFileSystem(id, member);
    const name = yield* nameOfContainer(app, fileSystem.source, member);
    const { items } = yield* app.fleet.listGateways(member, GATEWAYS);
    const gateway = items.find((one) => one.id === fileSystem.gatewayId);
    const others = items.filter(
      (one) => !one.auto && one.status !== 'terminating' && one.id !== fileSystem.gatewayId,
    );
    return ok<FileSystemView>({ member, fileSystem, password, name, gateway, others });
  });

export const fileSystemPage = route({
  operationId: 'fileSystemPage',
  at: 'GET /app/projects/{project_id}/file-systems/{file_system_id}',
  summary: 'A file system: how it is, and how one gets at it',
  auth: inProject('member'),
  request: { params: FileSystemParams, query: z.object({ done: z.string().optional() }) },
  run: (app, { principal, params, query }) =>
    contentsOf(app, principal, params.file_system_id).map(
      (view): FileSystemView => ({ ...view, done: query.done }),
    ),
  reply: page(fileSystemView),
  errors: { not_found: 404 },
});

/** That something happened, and which version it made: the page that follows asks for itself anew. */
const news = async function* ({ events }: Watched, signal: AbortSignal): AsyncIterable<ServerSentEvent> {
  for await (const { seq, type, data } of events(signal)) yield { id: String(seq), event: type, data };
};

export const fileSystemNews = route({
  operationId: 'fileSystemNews',
  at: 'GET /app/projects/{project_id}/file-systems/{file_system_id}/events',
  summary: 'What happens to a file system, for its page',
  auth: inProject('member'),
  request: { params: FileSystemParams },
  run: ({ fleet }, { principal, params, lastEventId }) =>
    fleet.watchFileSystem(params.file_system_id, lastEventId, principal),
  reply: sse(news),
  errors: { not_found: 404 },
});

type Asked = {
  readonly member: ProjectMember;
  readonly id: string;
  readonly body: z.output<typeof Csrf>;
  /** What the page says that was done. */
  readonly done: string;
};

/** Does what a form of a file system's page asks for; the answer is that page, with what is wrong if something is. */
export const onItsPage = <E extends { readonly kind: string }>(
  app: App,
  { member, id, body, done }: Asked,
  deed: () => ResultAsync<unknown, E>,
) =>
  inForm(
    unforged(member, body)
      .asyncAndThen(deed)
      .map(() => ({ to: address(fileSystemAddress(member.account.id, id), { done }) })),
    (failure) =>
      contentsOf(app, member, id).map((view) =>
        layout(fileSystemView({ ...view, problem: problemOf(failure) })),
      ),
  );

export const wishFileSystem = route({
  operationId: 'wishFileSystem',
  at: 'POST /app/projects/{project_id}/file-systems/{file_system_id}/desired',
  summary: 'Start or stop a file system',
  auth: posted(inProject('admin')),
  request: { params: FileSystemParams },
  body: { kind: 'form', schema: Csrf.extend({ desired: z.enum(['running', 'stopped']).default('stopped') }) },
  run: (app, { principal: member, params: { file_system_id: id }, body }) =>
    onItsPage(app, { member, id, body, done: body.desired }, () =>
      app.fleet.setDesired(id, body.desired, member),
    ),
  reply: toPage(),
  errors: {
    forged: 403,
    not_entitled: 403,
    quota_exceeded: 403,
    not_found: 404,
    file_system_terminating: 409,
    provider_not_configured: 409,
  },
});

export const flush = route({
  operationId: 'flush',
  at: 'POST /app/projects/{project_id}/file-systems/{file_system_id}/flush',
  summary: 'Send what was written to a file system to its bucket',
  auth: posted(inProject('member')),
  request: { params: FileSystemParams },
  body: { kind: 'form', schema: Csrf },
  run: (app, { principal: member, params: { file_system_id: id }, body }) =>
    onItsPage(app, { member, id, body, done: 'flushing' }, () => app.fleet.flushFileSystem(id, member)),
  reply: toPage(),
  errors: { forged: 403, not_found: 404, file_system_not_running: 409 },
});

type Goodbye = Pick<Question, 'title' | 'warning'> & {
  /** The last segment of the address that does it. */
  readonly verb: 'remove' | 'discard';
};

/** Asks whether a file system is to go in this way. */
export const questionAbout = (
  app: App,
  member: ProjectMember,
  id: string,
  { title, verb, warning }: Goodbye,
) =>
  safeTry(async function* () {
    const { fileSystem } = yield* app.fleet.getFileSystem(id, member);
    const name = yield* nameOfContainer(app, fileSystem.source, member);
    const [trail, back] = [fileSystemTrail(member, id, name), fileSystemAddress(member.account.id, id)];
    const action = `${back}/${verb}`;
    return ok<Question>({ member, section: 'file-systems', trail, title, name, warning, action, back });
  });

const SENT_FIRST =
  'Whoever has it mounted loses it. What was written is sent to the bucket first, and the files in the bucket stay.';

export const removeFileSystemPage = route({
  operationId: 'removeFileSystemPage',
  at: 'GET /app/projects/{project_id}/file-systems/{file_system_id}/remove',
  summary: 'Asks whether a file system is to be deleted',
  auth: inProject('admin'),
  request: { params: FileSystemParams },
  run: (app, { principal: member, params: { file_system_id: id } }) =>
    questionAbout(app, member, id, { title: 'Delete file system', verb: 'remove', warning: SENT_FIRST }),
  reply: page(confirmView),
  errors: { not_found: 404 },
});

export const removeFileSystem = route({
  operationId: 'removeFileSystem',
  at: 'POST /app/projects/{project_id}/file-systems/{file_system_id}/remove',
  summary: 'Delete a file system',
  auth: posted(inProject('admin')),
  request: { params: FileSystemParams },
  body: { kind: 'form', schema: Csrf },
  run: ({ fleet }, { principal: member, params: { file_system_id: id }, body }) =>
    unforged(member, body)
      .asyncAndThen(() => fleet.deleteFileSystem(id, member))
      .map(() => ({ to: address(fileSystemsOf(member.account.id), { done: 'deleting' }) })),
  reply: toPage(),
  errors: { forged: 403, not_found: 404 },
});
