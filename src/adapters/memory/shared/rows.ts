import type { Instant } from '../../../domain/shared/time.js';
import type { AuditEntry } from '../../../ports/shared/audit.js';
import type { Made } from '../../../ports/shared/idempotency.js';
import type { NewJob } from '../../../ports/shared/jobs.js';
import type { DataKey } from '../../../ports/shared/sealer.js';

/** The part of the accounts table that every context leans on; whoever erases an account drops the key. */
export type AccountRow = { readonly dataKey?: DataKey | undefined; readonly deletedAt?: Instant | undefined };

export type JobRow = NewJob & {
  readonly attempts: number;
  readonly epoch: number;
  readonly leaseUntil?: Instant | undefined;
  readonly lastError?: string | undefined;
};

export type IdempotencyRow = {
  readonly fingerprint: string;
  readonly made: Made;
  readonly createdAt: Instant;
};
export type QuotaRow = { readonly used: number };
export type AuditRow = AuditEntry & { readonly id: string };

/** Table names are those of PostgreSQL, so that a test may look at either. */
export const TABLES = {
  accounts: 'accounts',
  jobs: 'jobs',
  events: 'events',
  audit: 'audit_log',
  idempotency: 'idempotency_keys',
  quota: 'quota_usage',
} as const;

/** A composite key as one id; JSON, so that no two keys share a spelling. */
export const idOf = (...parts: readonly (string | number)[]): string => JSON.stringify(parts);
