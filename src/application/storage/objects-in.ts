import type { ResultAsync } from 'neverthrow';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { ObjectMeta, ObjectStore, PutFailure } from '../../ports/storage/object-store.js';
import type { StorageQuotaExceeded } from './metering/allowance.js';

type Within<F> = F extends (bucket: string, ...rest: infer Rest) => infer Answer
  ? (...rest: Rest) => Answer
  : never;

/** Bytes under keys, as somebody has just listed them. */
export type Sizes = ReadonlyMap<ObjectKey, number>;

/** The objects of one container, under the keys that its users see: the store's calls without a bucket. */
export type Objects = { readonly [Op in 'get' | 'head' | 'list']: Within<ObjectStore[Op]> } & {
  readonly put: (
    ...given: Parameters<Within<ObjectStore['put']>>
  ) => ResultAsync<ObjectMeta, PutFailure | StorageQuotaExceeded>;
  /** `sizes`: whoever knows them spares others to ask. */
  readonly deleteMany: (keys: readonly ObjectKey[], sizes?: Sizes) => ReturnType<ObjectStore['deleteMany']>;
};

/** All of one bucket of a store. */
export const objectsIn = (store: ObjectStore, bucket: string): Objects => ({
  put: (...rest) => store.put(bucket, ...rest),
  get: (...rest) => store.get(bucket, ...rest),
  head: (...rest) => store.head(bucket, ...rest),
  list: (...rest) => store.list(bucket, ...rest),
  deleteMany: (keys) => store.deleteMany(bucket, keys),
});
