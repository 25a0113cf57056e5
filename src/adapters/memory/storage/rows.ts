import type { Bucket } from '../../../domain/storage/bucket.js';
import type { Connection } from '../../../domain/storage/connection.js';
import type { Sealed } from '../../../ports/shared/sealer.js';

/** How often all presigned links were revoked; absent: never. */
type Linked = { readonly linkEpoch?: number | undefined };
export type BucketColumns = Linked & { readonly secret: Sealed };
export type BucketRow = Bucket & BucketColumns;
export type ConnectionColumns = Linked & { readonly secret: Sealed };
export type ConnectionRow = Connection & ConnectionColumns;
/** A file system that works through a connection. */
export type MountRow = { readonly connectionId: string; readonly fileSystemId: string };
/** A file system that shows a managed bucket. */
export type BucketMountRow = { readonly bucketId: string; readonly fileSystemId: string };

/** Table names are those of PostgreSQL, so that a test may look at either. */
export const TABLES = {
  buckets: 'buckets',
  connections: 'connections',
  mounts: 'connection_mounts',
  bucketMounts: 'bucket_mounts',
  storageHours: 'storage_hours',
  storageSizes: 'storage_sizes',
  storageCounts: 'storage_counts',
  storageAllotments: 'storage_allotments',
} as const;

export const splitBucket = ({
  secret,
  linkEpoch,
  ...bucket
}: BucketRow): readonly [Bucket, BucketColumns] => [bucket, { secret, linkEpoch }];

export const splitConnection = ({
  secret,
  linkEpoch,
  ...connection
}: ConnectionRow): readonly [Connection, ConnectionColumns] => [connection, { secret, linkEpoch }];
