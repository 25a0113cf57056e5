import { err, ok, type Result } from 'neverthrow';
import type { AccountId } from '../shared/ids.js';
import type { Instant } from '../shared/time.js';

export type BucketStatus = 'pending' | 'active' | 'failed' | 'deleting' | 'deleted';

/** A managed bucket: what it is called here, and what the store calls it. */
export type Bucket = {
  readonly id: string;
  readonly version: number;
  readonly accountId: AccountId;
  /** The project's own name for it, unique among its living buckets. */
  readonly name: string;
  /** The store's name: made from the id, so that creating it twice is creating it once. */
  readonly bucketName: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly status: BucketStatus;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};

/** The whole lifecycle; `deleted` is a tombstone no reader finds. */
export const lifecycle = {
  pending: { activate: 'active', fail: 'failed', delete: 'deleting' },
  active: { delete: 'deleting' },
  failed: { activate: 'active', delete: 'deleting' },
  deleting: { bury: 'deleted' },
  deleted: {},
} as const satisfies Record<BucketStatus, Partial<Record<string, BucketStatus>>>;

export type BucketAction = 'activate' | 'fail' | 'delete' | 'bury';
export type IllegalTransition = {
  readonly kind: 'illegal_transition';
  readonly from: BucketStatus;
  readonly action: BucketAction;
};

export const advance = (
  bucket: Bucket,
  action: BucketAction,
  at: Instant,
): Result<Bucket, IllegalTransition> => {
  const next: Partial<Record<BucketAction, BucketStatus>> = lifecycle[bucket.status];
  const status = next[action];
  return status
    ? ok({ ...bucket, status, updatedAt: at })
    : err({ kind: 'illegal_transition', from: bucket.status, action });
};

export type InvalidBucketName = {
  readonly kind: 'invalid_bucket_name';
  readonly field: 'name';
  readonly reason: string;
};

const LABELS = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])$/;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** S3's rules for general purpose buckets (AWS, "General purpose bucket naming rules"). */
export const bucketName = (name: string): Result<string, InvalidBucketName> => {
  const refuse = (reason: string) =>
    err({ kind: 'invalid_bucket_name' as const, field: 'name' as const, reason });
  if (name.length < 3 || name.length > 63) return refuse('must have 3 to 63 characters');
  if (!LABELS.test(name))
    return refuse(
      'may have lower-case letters, digits, dots and hyphens, and begins and ends with a letter or digit',
    );
  if (/\.\.|\.-|-\./.test(name)) return refuse('must not have two dots or a dot and a hyphen side by side');
  if (IPV4.test(name)) return refuse('must not look like an IP address');
  if (/^(xn--|sthree-|amzn-s3-demo-)/.test(name) || /(-s3alias|--ol-s3|--x-s3|\.mrap)$/.test(name))
    return refuse('has a beginning or an end that S3 keeps for itself');
  return ok(name);
};
