import * as z from 'zod';
import { whole } from './fields.js';

const GIB = 1024 ** 3;

/** What accounts may have where neither their plan nor an override says so. */
export const quotaSettings = {
  QUOTA_STORAGE_BYTES: whole(0, 4 * 1024 * 1024 * GIB)
    .default(1024 * GIB)
    .describe('Bytes a project may store in its managed buckets.'),
  QUOTA_BUCKETS: whole(0, 1_000_000).default(100).describe('Buckets a project may have.'),
  QUOTA_CONNECTIONS: whole(0, 1_000_000)
    .default(100)
    .describe('Connections to buckets of its own that a project may have.'),
  QUOTA_MEMBERS: whole(1, 1_000_000)
    .default(1_000)
    .describe('Members and open invitations a project may have.'),
  QUOTA_FILE_SYSTEMS: whole(0, 1_000_000).default(100).describe('File systems a project may have.'),
  QUOTA_GATEWAYS: whole(0, 1_000_000)
    .default(100)
    .describe('Gateways a project may have, those made for its file systems included.'),
  QUOTA_RUNNING_FILE_SYSTEMS: whole(0, 1_000_000)
    .optional()
    .describe('File systems of a project that may run at once. Absent: all it has.'),
  QUOTA_API_KEYS: whole(0, 1_000_000)
    .optional()
    .describe('API keys for a project, or of a user’s own, that hold at once. Absent: no limit.'),
  QUOTA_OBJECTS: whole(0, 1_000_000_000_000)
    .optional()
    .describe('Objects a project may store in its managed buckets. Absent: no limit.'),
  PAID_INSTANCES_WITHOUT_PLAN: z
    .stringbool()
    .prefault('true')
    .describe('Whether projects whose plan says nothing of it may have instances that are not free.'),
};
