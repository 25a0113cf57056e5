import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { type InvalidKey, type ObjectKey, objectKey } from '../../../domain/storage/object-key.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { BucketFailure, DeleteError } from '../../../ports/storage/object-store.js';
import type { StorageDeps } from '../deps.js';
import { objectsIn } from '../place.js';

/** Of each key that was named, whether it is gone; of those that are not, why. */
export type Deletion = {
  readonly key: string;
  readonly failure?: InvalidKey | Unavailable | undefined;
};

const left = ({ reason }: DeleteError): Unavailable => ({
  kind: 'unavailable',
  dependency: 'object store',
  cause: reason,
});

/** Deleting what is not there is success. */
export const deleteObject =
  ({ objects }: StorageDeps) =>
  ({ bucketName }: Bucket, name: string): ResultAsync<void, InvalidKey | BucketFailure> =>
    safeTry(async function* () {
      const key = yield* objectKey(name);
      const [refused] = yield* objectsIn(objects, bucketName).deleteMany([key]);
      return refused ? err(left(refused)) : ok(undefined);
    });

/** Up to 1000 keys, each with an outcome of its own. */
export const deleteObjects =
  ({ objects }: StorageDeps) =>
  ({ bucketName }: Bucket, names: readonly string[]): ResultAsync<readonly Deletion[], BucketFailure> => {
    const keys = new Map(names.map((name) => [name, objectKey(name)]));
    const good = [...keys.values()].flatMap((key): ObjectKey[] => (key.isOk() ? [key.value] : []));
    const deleted = good.length > 0 ? objectsIn(objects, bucketName).deleteMany(good) : okAsync([]);
    return deleted.map((refused) => {
      const why = new Map<string, Unavailable>(refused.map((one) => [one.key, left(one)]));
      return [...keys].map(([key, checked]) => ({
        key,
        failure: checked.isErr() ? checked.error : why.get(key),
      }));
    });
  };
