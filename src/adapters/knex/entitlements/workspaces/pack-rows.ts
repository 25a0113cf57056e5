import * as z from 'zod';
import { type OperationRun, type ReviewPack, subjectOf } from '../../../../domain/entitlements/pack.js';
import type { AccountId, UserId } from '../../../../domain/shared/ids.js';
import { type Instant, iso } from '../../../../domain/shared/time.js';
import type { PackWithRun } from '../../../../ports/entitlements/workspaces.js';
import { columnsOf, rowOf } from '../../kit/joined.js';
import { int8, json, nullable, timestamptz } from '../../kit/rows.js';

const accountId = z.string().transform((id) => id as AccountId);

const PackRow = z.object({
  id: z.string(),
  number: int8,
  version: z.number(),
  account_id: accountId,
  kind: z.enum(['review', 'executive']),
  review_number: nullable(int8),
  format: z.enum(['csv', 'json']),
  period_from: timestamptz,
  period_to: timestamptz,
  asked_from: nullable(timestamptz),
  asked_to: nullable(timestamptz),
  notes: z.record(z.string(), z.unknown()),
  fingerprint: z.string(),
  status: z.enum(['queued', 'running', 'ready', 'failed']),
  requested_at: timestamptz,
  requested_by: z.string().transform((id) => id as UserId),
  updated_at: timestamptz,
  bucket_id: nullable(z.string()),
  object_key: nullable(z.string()),
  size: nullable(int8),
  sha256: nullable(z.string()),
  failure: nullable(z.string()),
});
const RunRow = z.object({
  id: z.string(),
  number: int8,
  version: z.number(),
  account_id: accountId,
  operation: z.enum(['review_pack.generate', 'review_pack.export', 'review_pack.regenerate']),
  pack_id: z.string(),
  status: z.enum(['queued', 'running', 'succeeded', 'failed']),
  queued_at: timestamptz,
  started_at: nullable(timestamptz),
  ended_at: nullable(timestamptz),
});
const PACK_COLUMNS = Object.keys(PackRow.shape);
const RUN_COLUMNS = Object.keys(RunRow.shape);

/** A pack and its run in one row: `p` and `r`. */
export const PACKS_WITH_RUNS = [...columnsOf('p', PACK_COLUMNS), ...columnsOf('r', RUN_COLUMNS)];

const packOf = (row: unknown): ReviewPack => {
  const { bucket_id: bucketId, object_key: key, size, sha256, ...r } = PackRow.parse(row);
  return {
    id: r.id,
    number: r.number,
    version: r.version,
    accountId: r.account_id,
    kind: r.kind,
    reviewNumber: r.review_number,
    order: {
      format: r.format,
      from: r.period_from,
      to: r.period_to,
      asked: { from: r.asked_from, to: r.asked_to },
      notes: r.notes,
    },
    fingerprint: r.fingerprint,
    status: r.status,
    requestedAt: r.requested_at,
    requestedBy: r.requested_by,
    updatedAt: r.updated_at,
    file:
      bucketId === undefined || key === undefined || size === undefined
        ? undefined
        : { bucketId, key, size, sha256 },
    failure: r.failure,
  };
};

const runOf = (row: unknown): OperationRun => {
  const r = RunRow.parse(row);
  return {
    id: r.id,
    number: r.number,
    version: r.version,
    accountId: r.account_id,
    operation: r.operation,
    packId: r.pack_id,
    status: r.status,
    queuedAt: r.queued_at,
    startedAt: r.started_at,
    endedAt: r.ended_at,
  };
};

/** Both, from a joined row. */
export const withRunOf = (joined: Readonly<Record<string, unknown>>): PackWithRun => ({
  pack: packOf(rowOf('p', PACK_COLUMNS, joined)),
  run: runOf(rowOf('r', RUN_COLUMNS, joined)),
});

const orNull = (at: Instant | undefined): string | null => (at === undefined ? null : iso(at));

export const newPackRow = (pack: Omit<ReviewPack, 'number'>) => ({
  id: pack.id,
  version: pack.version,
  account_id: pack.accountId,
  kind: pack.kind,
  review_number: pack.reviewNumber ?? null,
  subject: subjectOf(pack.kind, pack.reviewNumber),
  format: pack.order.format,
  period_from: iso(pack.order.from),
  period_to: iso(pack.order.to),
  asked_from: orNull(pack.order.asked.from),
  asked_to: orNull(pack.order.asked.to),
  notes: json(pack.order.notes),
  fingerprint: pack.fingerprint,
  status: pack.status,
  requested_at: iso(pack.requestedAt),
  requested_by: pack.requestedBy,
  updated_at: iso(pack.updatedAt),
});

export const newRunRow = (run: Omit<OperationRun, 'number'>) => ({
  id: run.id,
  version: run.version,
  account_id: run.accountId,
  operation: run.operation,
  pack_id: run.packId,
  status: run.status,
  queued_at: iso(run.queuedAt),
});

/** What changes in the life of a pack. */
export const packChanges = ({ version, status, updatedAt, file, failure }: ReviewPack) => ({
  version: version + 1,
  status,
  updated_at: iso(updatedAt),
  bucket_id: file?.bucketId ?? null,
  object_key: file?.key ?? null,
  size: file?.size ?? null,
  sha256: file?.sha256 ?? null,
  failure: failure ?? null,
});

/** What changes in the life of a run. */
export const runChanges = ({ version, status, startedAt, endedAt }: OperationRun) => ({
  version: version + 1,
  status,
  started_at: orNull(startedAt),
  ended_at: orNull(endedAt),
});
