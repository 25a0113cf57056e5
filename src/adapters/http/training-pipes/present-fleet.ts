import type * as z from 'zod';
import type { FileSystemWithPassword } from '../../../application/fleet/file-systems.js';
import type { FileSystem, Served } from '../../../domain/fleet/file-system.js';
import type { Gateway } from '../../../domain/fleet/gateway.js';
import { iso } from '../../../domain/shared/time.js';
import type { DomainEvent } from '../../../ports/shared/events.js';
import type { ServerSentEvent } from '../kit/reply.js';
import type { FileSystemDto, GatewayDto } from './fleet-schemas.js';

const presentExport = ({ nfs, webdav }: Served, password: string | undefined) => ({
  nfs,
  webdav: webdav && { ...webdav, password },
});

/** With the password only where it was handed in: to members who ask for this one. */
export const presentFileSystem = (
  fs: FileSystem,
  webdavPassword?: string | undefined,
): z.input<typeof FileSystemDto> => ({
  id: fs.id,
  project_id: fs.accountId,
  connection_id: fs.source.kind === 'connection' ? fs.source.id : undefined,
  bucket_id: fs.source.kind === 'bucket' ? fs.source.id : undefined,
  region: fs.region,
  instance_type: fs.instanceType,
  status: fs.status,
  desired_status: fs.desired,
  phase: fs.phase,
  reason: fs.reason,
  preload: fs.preload,
  gateway_id: fs.gatewayId,
  export: fs.served && presentExport(fs.served, webdavPassword),
  created_at: iso(fs.createdAt),
});

export const presentFileSystemWithPassword = ({ fileSystem, webdavPassword }: FileSystemWithPassword) =>
  presentFileSystem(fileSystem, webdavPassword);

export const presentGateway = (gateway: Gateway): z.input<typeof GatewayDto> => ({
  id: gateway.id,
  project_id: gateway.accountId,
  provider: gateway.provider,
  region: gateway.region,
  type: gateway.type,
  replicas: gateway.status === 'running' ? 1 : 0,
  status: gateway.status,
  desired_status: gateway.desired,
  phase: gateway.phase,
  reason: gateway.reason,
  auto: gateway.auto,
  created_at: iso(gateway.createdAt),
});

/** The `id` is the version that the event made: with it, a client that comes back says what it has. */
export const presentEvent = ({ seq, type, data }: DomainEvent): ServerSentEvent => ({
  id: String(seq),
  event: type,
  data,
});
