import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { ObjectKey } from '../../../domain/storage/object-key.js';
import { NOTHING, type StorageSize, sum } from '../../../domain/storage/storage-size.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { PartMeta, UploadMeta } from '../../../ports/storage/multipart.js';
import type {
  BucketMissing,
  ObjectMeta,
  PreconditionFailed,
  PutOptions,
} from '../../../ports/storage/object-store.js';

export type Version = { readonly meta: ObjectMeta; readonly bytes: Buffer };
export type Part = { readonly meta: PartMeta; readonly bytes: Buffer };
export type Upload = {
  readonly meta: UploadMeta;
  readonly described: Pick<PutOptions, 'contentType' | 'metadata'>;
  readonly parts: Map<number, Part>;
};
/** What a bucket holds: objects, and uploads that are still open. */
export type MemoryBucket = {
  readonly objects: Map<ObjectKey, Version>;
  readonly uploads: Map<string, Upload>;
};
export type MemoryBuckets = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly buckets: Map<string, MemoryBucket>;
};

/** Runs `work` at one moment, but never within the call itself: others get their turn first, as with a real store. */
export const yielding = <T, E>(work: () => Result<T, E>): ResultAsync<T, E> =>
  new ResultAsync(Promise.resolve().then(work));

/** The same in a bucket, if it is there at that moment. */
export const within = <T, E>(
  { buckets }: MemoryBuckets,
  name: string,
  work: (bucket: MemoryBucket) => Result<T, E>,
): ResultAsync<T, E | BucketMissing> =>
  yielding((): Result<T, E | BucketMissing> => {
    const bucket = buckets.get(name);
    return bucket ? work(bucket) : err({ kind: 'bucket_missing' });
  });

const holds = (
  current: Version | undefined,
  { ifMatch, ifNoneMatch }: Pick<PutOptions, 'ifMatch' | 'ifNoneMatch'>,
): boolean =>
  (ifMatch === undefined || current?.meta.etag === ifMatch) && (ifNoneMatch === undefined || !current);

const sizeOf = (version: Version | undefined): StorageSize =>
  version ? { bytes: version.bytes.length, objects: 1 } : NOTHING;

/** Takes objects away and tells what they came to. */
export const removed = ({ objects }: MemoryBucket, keys: readonly ObjectKey[]): StorageSize =>
  keys.reduce((freed, key) => {
    const size = sizeOf(objects.get(key));
    objects.delete(key);
    return sum(freed, size);
  }, NOTHING);

/** Makes a version what its key names, if the conditions hold. */
export const placed = (
  { objects }: MemoryBucket,
  version: Version,
  options: Pick<PutOptions, 'ifMatch' | 'ifNoneMatch' | 'freed'>,
): Result<ObjectMeta, PreconditionFailed> => {
  const { key } = version.meta;
  const before = objects.get(key);
  if (!holds(before, options)) return err({ kind: 'precondition_failed' });
  objects.set(key, version);
  options.freed?.(sizeOf(before));
  return ok(version.meta);
};

export const inByteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
