import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import type { Bucket } from '../../../domain/storage/bucket.js';
import { type InvalidKey, type ObjectKey, objectKey } from '../../../domain/storage/object-key.js';
import type {
  ByteRange,
  GetFailure,
  HeadFailure,
  ObjectMeta,
  PreconditionFailed,
  StoredObject,
} from '../../../ports/storage/object-store.js';
import type { StorageDeps } from '../deps.js';
import { type Objects, objectsIn } from '../objects-in.js';
import { type Conditions, judged } from './conditions.js';

export type Wanted = {
  readonly key: string;
  readonly range?: ByteRange | undefined;
  /** The range holds only for this version; otherwise all of the current one is sent. */
  readonly ifRange?: string | undefined;
  readonly conditions: Conditions;
};
export type NotModified = { readonly notModified: ObjectMeta };

const FAILED: PreconditionFailed = { kind: 'precondition_failed' };

type Got = { readonly stored: StoredObject } | NotModified;

const isOther = (ifRange: string | undefined, { etag }: ObjectMeta): boolean =>
  ifRange !== undefined && ifRange !== etag;

/** One object or a part of it. Its conditions are judged on the very version that is sent. */
export const getObject =
  ({ objects: store }: StorageDeps) =>
  ({ bucketName }: Bucket, wanted: Wanted): ResultAsync<Got, InvalidKey | GetFailure> =>
    objectKey(wanted.key).asyncAndThen((key) => {
      const objects = objectsIn(store, bucketName);
      return objects
        .get(key, { range: wanted.range })
        .orElse((failure) =>
          failure.kind === 'range_unsatisfiable' ? whole(objects, key, wanted, failure) : err(failure),
        )
        .andThen((stored) => fitting(objects, key, wanted, stored));
    });

/** What was opened, if it is what is wanted; and otherwise it is let go. */
const fitting = (
  objects: Objects,
  key: ObjectKey,
  { range, ifRange, conditions }: Wanted,
  stored: StoredObject,
): ResultAsync<Got, GetFailure> => {
  const verdict = judged(conditions, stored.meta);
  const other = range !== undefined && isOther(ifRange, stored.meta);
  if (verdict === 'holds' && !other) return okAsync({ stored });
  stored.close();
  if (verdict === 'failed') return errAsync(FAILED);
  if (verdict === 'not_modified') return okAsync({ notModified: stored.meta });
  return objects.get(key).map((all) => ({ stored: all }));
};

/** A condition that does not hold says more than a range that does not fit. */
const whole = (
  objects: Objects,
  key: ObjectKey,
  { conditions, ifRange }: Wanted,
  unfit: GetFailure,
): ResultAsync<StoredObject, GetFailure> =>
  objects.get(key).andThen((stored) => {
    if (isOther(ifRange, stored.meta) || judged(conditions, stored.meta) !== 'holds') return okAsync(stored);
    stored.close();
    return errAsync(unfit);
  });

export const headObject =
  ({ objects: store }: StorageDeps) =>
  (
    { bucketName }: Bucket,
    { key, conditions }: Pick<Wanted, 'key' | 'conditions'>,
  ): ResultAsync<
    { readonly meta: ObjectMeta } | NotModified,
    InvalidKey | HeadFailure | PreconditionFailed
  > =>
    objectKey(key)
      .asyncAndThen((checked) => objectsIn(store, bucketName).head(checked))
      .andThen((meta) => {
        const verdict = judged(conditions, meta);
        if (verdict === 'failed') return err(FAILED);
        return ok(verdict === 'not_modified' ? { notModified: meta } : { meta });
      });
