import type { Bucket } from '../../../domain/storage/bucket.js';
import type { Sealed } from '../../../ports/shared/sealer.js';

export type BucketColumns = { readonly secret: Sealed };
export type BucketRow = Bucket & BucketColumns;

/** Table names are those of PostgreSQL, so that a test may look at either. */
export const TABLES = { buckets: 'buckets' } as const;

export const splitBucket = ({ secret, ...bucket }: BucketRow): readonly [Bucket, BucketColumns] => [
  bucket,
  { secret },
];
