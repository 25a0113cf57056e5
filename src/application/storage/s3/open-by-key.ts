import { err, errAsync, ok, type ResultAsync, safeTry } from 'neverthrow';
import { isStorableText } from '../../../domain/shared/text.js';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { isKept } from '../../../domain/storage/kept-bucket.js';
import type { NotFound, Unavailable } from '../../../ports/shared/failure.js';
import { secretPlace } from '../create-bucket.js';
import type { StorageDeps } from '../deps.js';

/** The bucket that an access key opens, and the secret that whoever holds the key must know too. */
export type KeyedBucket = { readonly bucket: Bucket; readonly secret: string };
/** No bucket has this key: there never was one, or it is deleted, or on its way out, or the platform keeps it. */
export type UnknownAccessKey = { readonly kind: 'unknown_access_key' };

const UNKNOWN: UnknownAccessKey = { kind: 'unknown_access_key' };
const asUnknown = <E extends { readonly kind: string }>(
  failure: E,
): Exclude<E, NotFound> | UnknownAccessKey =>
  failure.kind === 'not_found' ? UNKNOWN : (failure as Exclude<E, NotFound>);

/** Looks up by the key alone: nothing is proven yet. */
export const openByKey =
  ({ readers, accountKeys, sealer }: StorageDeps) =>
  (accessKeyId: string): ResultAsync<KeyedBucket, UnknownAccessKey | Unavailable> =>
    isStorableText(accessKeyId)
      ? safeTry(async function* () {
          const { bucket, secret } = yield* readers.bucketByAccessKey(accessKeyId).mapErr(asUnknown);
          if (bucket.status === 'deleting' || isKept(bucket)) return err(UNKNOWN);
          const dataKey = yield* accountKeys.get(bucket.accountId).mapErr(asUnknown);
          const opened = sealer.open(dataKey, bucket.accountId, secretPlace(bucket.id), secret);
          return ok<KeyedBucket>({ bucket, secret: opened });
        })
      : errAsync(UNKNOWN);
