import { okAsync, type ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { Container } from '../../../application/storage/place.js';
import type { NotFound, Unavailable } from '../../../ports/shared/failure.js';
import type { App } from './app.js';
import { route } from './contract.js';
import { inProject, type ProjectMember, posted } from './guards.js';
import { unforged } from './kit/csrf.js';
import { page, toPage } from './kit/layout.js';
import { address } from './kit/list.js';
import { confirmView, type Question, storageTrail } from './parts.js';
import { containerAddress, containerOf, storageOf } from './places.js';
import { Id, ProjectParams } from './storage.routes.js';

export const ContainerParams = ProjectParams.extend({ place: z.enum(['b', 'c']), container_id: Id });

/** What the owner of a container calls it. */
export const nameOfContainer = (
  { storage }: App,
  { kind, id }: Container,
  member: ProjectMember,
): ResultAsync<string, NotFound | Unavailable> =>
  kind === 'bucket'
    ? storage.getBucket(id, member).map(({ bucket }) => bucket.name)
    : storage.getConnection(id, member).map(({ uri }) => uri);

const WARNINGS = {
  bucket: 'The bucket is deleted with all files in it. Nothing brings them back.',
  connection: 'The connection and its credentials are forgotten here. The bucket it leads to stays as it is.',
} as const;

const questionOf = (member: ProjectMember, container: Container, name: string): Question => {
  const href = containerAddress(member.account.id, container);
  return {
    member,
    trail: [...storageTrail(member), { name, href }],
    title: `Delete ${container.kind}`,
    name,
    warning: WARNINGS[container.kind],
    action: `${href}/remove`,
    back: storageOf(member.account.id),
  };
};

const removed = ({ storage }: App, { kind, id }: Container, member: ProjectMember) => {
  const gone = kind === 'bucket' ? storage.deleteBucket : storage.deleteConnection;
  return okAsync(undefined)
    .andThen(() => gone(id, member))
    .map(() => (kind === 'bucket' ? 'deleting' : 'forgotten'));
};

export const removeContainerPage = route({
  operationId: 'removeContainerPage',
  at: 'GET /app/projects/{project_id}/storage/{place}/{container_id}/remove',
  summary: 'Asks whether a bucket or connection is to be deleted',
  auth: inProject('admin'),
  request: { params: ContainerParams },
  run: (app, { principal, params }) => {
    const container = containerOf(params.place, params.container_id);
    return nameOfContainer(app, container, principal).map((name) => questionOf(principal, container, name));
  },
  reply: page(confirmView),
  errors: { not_found: 404 },
});

export const removeContainer = route({
  operationId: 'removeContainer',
  at: 'POST /app/projects/{project_id}/storage/{place}/{container_id}/remove',
  summary: 'Delete a bucket with all that is in it, or forget a connection',
  auth: posted(inProject('admin')),
  request: { params: ContainerParams },
  body: { kind: 'form', schema: z.object({ csrf: z.string().default('') }) },
  run: (app, { principal, params, body }) =>
    unforged(principal, body)
      .asyncAndThen(() => removed(app, containerOf(params.place, params.container_id), principal))
      .map((done) => ({ to: address(storageOf(principal.account.id), { done }) })),
  reply: toPage(),
  errors: { forged: 403, not_found: 404, bucket_mounted: 409, connection_mounted: 409 },
});
