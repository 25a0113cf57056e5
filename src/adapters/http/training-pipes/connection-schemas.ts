import * as z from 'zod';
import { PROVIDERS } from '../../../domain/storage/connection.js';
import { Timestamp } from './schemas.js';

/** Taken and shown alike; a secret is taken and never shown. */
const S3SpecDto = z
  .object({
    bucket_name: z.string().optional(),
    region: z.string().optional(),
    endpoint: z.string().optional(),
    access_key_id: z.string().optional(),
    secret_access_key: z.string().optional(),
  })
  .meta({ id: 'S3Spec' });

const GcpSpecDto = z
  .object({
    bucket_name: z.string().optional(),
    region: z.string().optional(),
    service_account_json: z.string().optional(),
  })
  .meta({ id: 'GcpSpec' });

export const ConnectionCreateDto = z.object({
  provider: z.enum(PROVIDERS),
  uri: z.string(),
  region: z.string(),
  access_key_id: z.string().optional(),
  secret_access_key: z.string().optional(),
  s3_spec: S3SpecDto.optional(),
  gcp_spec: GcpSpecDto.optional(),
});

export const ConnectionDto = z
  .object({
    id: z.string(),
    project_id: z.string(),
    provider: z.enum(PROVIDERS),
    uri: z.string(),
    region: z.string(),
    /** The last four are those of other resources: no connection has them. */
    status: z.enum([
      'pending',
      'verifying',
      'verified',
      'invalid',
      'failed',
      'scaling',
      'running',
      'stopped',
      'terminated',
    ]),
    /** A connection does not run; the field is never there. */
    desired_status: z.enum(['running', 'stopped']).optional(),
    s3_spec: S3SpecDto.optional(),
    /** Additive: whom the service account is. */
    gcp_spec: GcpSpecDto.extend({
      client_email: z.string().optional(),
      project_id: z.string().optional(),
    })
      .meta({ id: 'GcpSpecShown' })
      .optional(),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: 'Connection' });

export const VerifyResultDto = z
  .object({
    status: z.enum(['verified', 'failed']),
    checks: z.array(
      z.object({
        name: z.string(),
        ok: z.boolean(),
        /** Additive: why it is not ok. */
        message: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'VerifyResult' });
