import * as z from 'zod';
import type { Watched } from '../../../application/fleet/watch.js';
import type { FileSystem } from '../../../domain/fleet/file-system.js';
import { flag } from '../kit/fields.js';
import { paged, pageQuery, type TokenPage } from '../kit/page.js';
import { empty, json, type ServerSentEvent, sse } from '../kit/reply.js';
import { route } from './contract.js';
import { FileSystemCreateDto, FileSystemDto, FileSystemUpdateDto } from './fleet-schemas.js';
import { inProject, onFileSystem, platformAdmin } from './guards.js';
import { presentEvent, presentFileSystem, presentFileSystemWithPassword } from './present-fleet.js';
import { ProjectParams } from './projects.routes.js';
import { Id, listOf } from './schemas.js';

const FileSystemParams = z.object({ file_system_id: Id });

const fileSystemList = json(200, listOf('FileSystemList', FileSystemDto), (page: TokenPage<FileSystem>) => ({
  ...page,
  items: page.items.map((fileSystem) => presentFileSystem(fileSystem)),
}));

export const createFileSystem = route({
  operationId: 'createFileSystem',
  at: 'POST /v1/projects/{project_id}/file-systems',
  summary: 'Show a bucket or a connection as a file system, served by a gateway of its own',
  auth: inProject('admin'),
  request: { params: ProjectParams },
  body: { kind: 'json', schema: FileSystemCreateDto },
  idempotent: true,
  run: ({ fleet }, { body, principal, once }) =>
    fleet.createFileSystem(
      {
        bucketId: body.bucket_id,
        connectionId: body.connection_id,
        region: body.region,
        instanceType: body.instance_type,
        preload: body.preload,
      },
      principal,
      once,
    ),
  reply: json(201, FileSystemDto, (made: FileSystem) => presentFileSystem(made)),
  errors: {
    invalid_source: 400,
    unknown_region: 400,
    unknown_instance_type: 400,
    not_entitled: 403,
    quota_exceeded: 403,
    not_found: 404,
    source_not_found: 404,
    source_not_ready: 409,
    provider_not_configured: 409,
  },
});

export const listFileSystems = route({
  operationId: 'listFileSystems',
  at: 'GET /v1/projects/{project_id}/file-systems',
  summary: 'The file systems of a project',
  auth: inProject('member'),
  request: { params: ProjectParams, query: pageQuery({ fallback: 1000, max: 1000 }) },
  run: ({ fleet, pages }, { query, principal }) =>
    paged(pages, `file-systems:${principal.accountId}`, query, (page) =>
      fleet.listFileSystems(principal, page),
    ),
  reply: fileSystemList,
  errors: { invalid_page_token: 400 },
});

export const listAllFileSystems = route({
  operationId: 'listAllFileSystems',
  at: 'GET /v1/file-systems',
  summary: 'The file systems of all projects, for platform admins',
  auth: platformAdmin,
  request: { query: pageQuery({ fallback: 20, max: 100 }) },
  run: ({ fleet, pages }, { query, principal }) =>
    paged(pages, 'file-systems', query, (page) => fleet.listAllFileSystems(principal, page)),
  reply: fileSystemList,
  errors: { invalid_page_token: 400, forbidden: 403 },
});

export const getFileSystem = route({
  operationId: 'getFileSystem',
  at: 'GET /v1/file-systems/{file_system_id}',
  summary: 'A file system, with the way to reach it while it is served',
  auth: onFileSystem('member'),
  request: { params: FileSystemParams },
  run: ({ fleet }, { params, principal }) => fleet.getFileSystem(params.file_system_id, principal),
  reply: json(200, FileSystemDto, presentFileSystemWithPassword),
  errors: { not_found: 404 },
});

export const updateFileSystem = route({
  operationId: 'updateFileSystem',
  at: 'PATCH /v1/file-systems/{file_system_id}',
  summary: 'Start or stop a file system; its status follows',
  auth: onFileSystem('admin'),
  request: { params: FileSystemParams },
  body: { kind: 'json', schema: FileSystemUpdateDto },
  run: ({ fleet }, { params, body, principal }) =>
    body.desired_status === undefined
      ? fleet.getFileSystem(params.file_system_id, principal).map(({ fileSystem }) => fileSystem)
      : fleet.setDesired(params.file_system_id, body.desired_status, principal),
  reply: json(200, FileSystemDto, (changed: FileSystem) => presentFileSystem(changed)),
  errors: {
    not_entitled: 403,
    quota_exceeded: 403,
    not_found: 404,
    file_system_terminating: 409,
    provider_not_configured: 409,
  },
});

export const deleteFileSystem = route({
  operationId: 'deleteFileSystem',
  at: 'DELETE /v1/file-systems/{file_system_id}',
  summary:
    'Delete a file system once its bytes are in the bucket, with `discard` at once and without them; the objects stay',
  auth: onFileSystem('admin'),
  // Additive: `discard`.
  request: { params: FileSystemParams, query: z.object({ discard: flag }) },
  run: ({ fleet }, { params: { file_system_id: id }, query: { discard }, principal }) =>
    discard ? fleet.discardFileSystem(id, principal) : fleet.deleteFileSystem(id, principal),
  reply: empty(204),
  errors: { not_found: 404 },
});

export const flushFileSystem = route({
  operationId: 'flushFileSystem',
  at: 'POST /v1/file-systems/{file_system_id}:flush',
  summary: 'Send what was written so far to the bucket; the event `flush` tells when it is there',
  auth: onFileSystem('member'),
  request: { params: FileSystemParams },
  run: ({ fleet }, { params, principal }) => fleet.flushFileSystem(params.file_system_id, principal),
  reply: empty(202),
  errors: { not_found: 404, file_system_not_running: 409 },
});

const presentEvents = async function* (
  { events }: Watched,
  signal: AbortSignal,
): AsyncIterable<ServerSentEvent> {
  for await (const event of events(signal)) yield presentEvent(event);
};

export const streamFileSystemEvents = route({
  operationId: 'streamFileSystemEvents',
  at: 'GET /v1/file-systems/{file_system_id}/events',
  summary: 'What happens to a file system: events `status`, `flush` and `deleted`',
  auth: onFileSystem('member'),
  request: { params: FileSystemParams },
  run: ({ fleet }, { params, lastEventId, principal }) =>
    fleet.watchFileSystem(params.file_system_id, lastEventId, principal),
  reply: sse(presentEvents),
  errors: { not_found: 404 },
});
