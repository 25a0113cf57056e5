import { err, ok, okAsync, type ResultAsync, safeTry } from 'neverthrow';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { type InvalidKey, type ObjectKey, objectKey } from '../../../domain/storage/object-key.js';
import type { BucketFailure, DeleteError, Denied } from '../../../ports/storage/object-store.js';
import type { StorageDeps } from '../deps.js';
import { bucketObjects } from '../metering/bucket-objects.js';

/** Of each key that was named, whether it is gone; of those that are not, why. */
export type Deletion = {
  readonly key: string;
  readonly failure?: InvalidKey | Denied | undefined;
};

const kept = ({ reason }: DeleteError): Denied => ({ kind: 'store_denied', reason });

/** Deleting what is not there is success. */
export const deleteObject =
  (deps: StorageDeps) =>
  (bucket: Bucket, name: string): ResultAsync<void, InvalidKey | BucketFailure> =>
    safeTry(async function* () {
      const key = yield* objectKey(name);
      const [refused] = yield* bucketObjects(deps, bucket).deleteMany([key]);
      return refused ? err(kept(refused)) : ok(undefined);
    });

/** Up to 1000 keys, each with an outcome of its own. */
export const deleteObjects =
  (deps: StorageDeps) =>
  (bucket: Bucket, names: readonly string[]): ResultAsync<readonly Deletion[], BucketFailure> => {
    const keys = new Map(names.map((name) => [name, objectKey(name)]));
    const good = [...keys.values()].flatMap((key): ObjectKey[] => (key.isOk() ? [key.value] : []));
    const deleted = good.length > 0 ? bucketObjects(deps, bucket).deleteMany(good) : okAsync([]);
    return deleted.map((refused) => {
      const why = new Map<string, Denied>(refused.map((one) => [one.key, kept(one)]));
      return [...keys].map(([key, checked]) => ({
        key,
        failure: checked.isErr() ? checked.error : why.get(key),
      }));
    });
  };
