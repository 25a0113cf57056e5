import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import * as z from 'zod';
import type { PublicFileSystem } from '../../../ports/fleet/public-file-systems.js';
import { empty, json } from '../kit/reply.js';
import { route } from './contract.js';
import { anyone } from './guards.js';
import { presentConfig } from './present-config.js';
import { HealthDto, PlatformConfigDto, PublicFileSystemDto } from './schemas.js';

export const getConfig = route({
  operationId: 'getConfig',
  at: 'GET /v1/config',
  summary: 'Providers, regions and instance types that work here now',
  auth: anyone,
  run: ({ storage, fleet }) =>
    okAsync({ storageRegions: storage.regions(), offers: fleet.offers(), currency: fleet.currency }),
  reply: json(200, PlatformConfigDto, presentConfig),
  errors: {},
});

export const healthCheck = route({
  operationId: 'healthCheck',
  at: 'GET /v1/health',
  summary: 'The process is alive',
  auth: anyone,
  run: (app) => okAsync(app.version),
  reply: json(200, HealthDto, (version: string) => ({ status: 'ok' as const, version })),
  errors: {},
});

export const readiness = route({
  operationId: 'readiness',
  at: 'GET /v1/health/ready',
  summary: 'The process can do its work: the database answers',
  auth: anyone,
  run: (app) =>
    ResultAsync.fromSafePromise(app.ready()).andThen((ready) =>
      ready
        ? okAsync(undefined)
        : errAsync({ kind: 'unavailable' as const, dependency: 'postgres', cause: 'no answer' }),
    ),
  reply: empty(204),
  errors: {},
});

export const listPublicFileSystems = route({
  operationId: 'listPublicFileSystems',
  at: 'GET /v1/public-file-systems',
  summary: 'File systems that anybody may mount',
  auth: anyone,
  run: (app) => app.fleet.listPublicFileSystems(),
  reply: json(
    200,
    z.object({ items: z.array(PublicFileSystemDto) }).meta({ id: 'PublicFileSystemList' }),
    (items: readonly PublicFileSystem[]) => ({
      items: items.map((fs) => ({
        id: fs.id,
        name: fs.name,
        description: fs.description,
        nfs_server: fs.nfsServer,
        nfs_path: fs.nfsPath,
        nfs_port: fs.nfsPort,
        region: fs.region,
      })),
    }),
  ),
  errors: {},
});
