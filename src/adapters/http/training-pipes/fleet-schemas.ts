import * as z from 'zod';
import { STATUSES } from '../../../domain/fleet/file-system.js';
import { GATEWAY_PROVIDERS } from '../../../domain/fleet/gateway.js';
import { NamedId, Timestamp } from './schemas.js';

const FleetStatus = z.enum(STATUSES);
const DesiredStatus = z.enum(['running', 'stopped']);

export const FileSystemCreateDto = z.object({
  connection_id: NamedId.optional(),
  bucket_id: NamedId.optional(),
  region: z.string(),
  preload: z.boolean().default(false),
  instance_type: z.string().optional(),
});

export const FileSystemUpdateDto = z.object({ desired_status: DesiredStatus.optional() });

const NfsDto = z
  .object({ server: z.string(), port: z.int(), path: z.string() })
  .meta({ id: 'FileSystemExportNfs' });

/** Additive; the password only for members who ask for the one file system. */
const WebdavDto = z
  .object({ url: z.string(), username: z.string(), password: z.string().optional() })
  .meta({ id: 'FileSystemExportWebdav' });

/** Of the published ways in, `smb`, `agent` and `wireguard` have no server here: they are never there. */
const ExportDto = z
  .object({
    nfs: NfsDto.optional(),
    webdav: WebdavDto.optional(),
    smb: z
      .object({ server: z.string(), port: z.int(), share: z.string() })
      .meta({ id: 'FileSystemExportSmb' })
      .optional(),
    agent: z.object({ download_url: z.string() }).meta({ id: 'FileSystemExportAgent' }).optional(),
    wireguard: z
      .object({
        server_public_key: z.string(),
        endpoint: z.string(),
        client_private_key: z.string(),
        client_ip: z.string(),
      })
      .meta({ id: 'FileSystemExportWireguard' })
      .optional(),
  })
  .meta({ id: 'FileSystemExport' });

export const FileSystemDto = z
  .object({
    id: z.string(),
    project_id: z.string(),
    connection_id: z.string().optional(),
    bucket_id: z.string().optional(),
    region: z.string(),
    instance_type: z.string(),
    status: FleetStatus,
    desired_status: DesiredStatus,
    /** Additive: what is being done at the moment, or what hinders, and why. */
    phase: z.string(),
    reason: z.string().optional(),
    preload: z.boolean(),
    gateway_id: z.string().optional(),
    export: ExportDto.optional(),
    created_at: Timestamp,
  })
  .meta({ id: 'FileSystem' });

export const GatewayCreateDto = z.object({
  project_id: z.string(),
  provider: z.enum(GATEWAY_PROVIDERS),
  region: z.string(),
  type: z.string(),
});

export const GatewayDto = z
  .object({
    id: z.string(),
    project_id: z.string(),
    provider: z.enum(GATEWAY_PROVIDERS),
    region: z.string(),
    type: z.string(),
    /** Instances that are seen to run: one at most. */
    replicas: z.int(),
    status: FleetStatus,
    desired_status: DesiredStatus,
    phase: z.string(),
    reason: z.string().optional(),
    /** Additive: made for a file system, and gone with the last one that leaves it. */
    auto: z.boolean(),
    created_at: Timestamp,
  })
  .meta({ id: 'Gateway' });
