import type { Bucket } from '../../domain/storage/bucket.js';
import { isKept } from '../../domain/storage/kept-bucket.js';
import type { StoreAddress } from '../../ports/shared/store-address.js';

/** Keys that open buckets: each bucket its own, one pair for all of them, or none that may be told. */
export type BucketKeys = 'own' | 'none' | { readonly accessKeyId: string; readonly secretAccessKey: string };
/** Where the store of managed buckets is, as clients of S3 see it. */
export type Reach = { readonly endpoint: string; readonly keys: BucketKeys };

/**
 * How those who serve managed buckets for us come to them: each by its own keys at our endpoint, which is where
 * this says, or all by one way into the store.
 */
export type GatewayReach = { readonly own: () => string } | { readonly store: StoreAddress };

/** A bucket, and how one comes to its objects with a client of one's own. */
export type ReachableBucket = {
  readonly bucket: Bucket;
  readonly endpoint: string;
  readonly accessKeyId?: string | undefined;
  readonly secret?: string | undefined;
};

type Told = { readonly bucket: Bucket; readonly secret?: string | undefined };

/**
 * A pair for all buckets is told, both halves of it, to whom the bucket's own secret would be told. Of a bucket that the
 * platform keeps nobody is told any.
 */
export const reachable =
  ({ endpoint, keys }: Reach) =>
  ({ bucket, secret }: Told): ReachableBucket => {
    if (keys === 'none' || isKept(bucket)) return { bucket, endpoint };
    if (keys === 'own') return { bucket, endpoint, accessKeyId: bucket.accessKeyId, secret };
    if (secret === undefined) return { bucket, endpoint };
    return { bucket, endpoint, accessKeyId: keys.accessKeyId, secret: keys.secretAccessKey };
  };
