import type { _Error as S3Error } from '@aws-sdk/client-s3';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { BucketFailure, DeleteError, ObjectStore } from '../../ports/storage/object-store.js';
import type { S3Api } from './client.js';
import { ofBucket } from './failures.js';

type Deleted = ResultAsync<readonly DeleteError[], BucketFailure>;

/** Characters that XML does not carry, or not unharmed both ways. */
const UNSAFE = /[\p{Cc}\u2028\u2029\ufffe\uffff]|^\s|\s$/u;

/** Errors of one key that are the store's own and may be gone when it is asked again. */
const PASSING = new Set([
  'InternalError',
  'OperationAborted',
  'ServiceUnavailable',
  'SlowDown',
  'UnknownError',
]);
const TRIES = 3;

const errorOf = ({ Key = '', Code = 'the store gives no reason', Message = Code }: S3Error): DeleteError => ({
  key: Key as ObjectKey,
  reason: Message === Code ? Code : `${Code}: ${Message}`,
});

const together = (api: S3Api, bucket: string, keys: readonly ObjectKey[], tries = 1): Deleted =>
  keys.length === 0
    ? okAsync([])
    : api((s3) =>
        s3.deleteObjects({
          Bucket: bucket,
          Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: true },
        }),
      )
        .mapErr(ofBucket)
        .andThen(({ Errors = [] }) => {
          const isAgain = ({ Code = '' }: S3Error) => tries < TRIES && PASSING.has(Code);
          const again = Errors.filter(isAgain).map((error) => errorOf(error).key);
          const definite = Errors.filter((error) => !isAgain(error)).map(errorOf);
          return together(api, bucket, again, tries + 1).map((more) => [...definite, ...more]);
        });

/** Rights may differ from key to key, so their lack is the key's own. */
const alone = (api: S3Api, bucket: string, key: ObjectKey): Deleted =>
  api((s3) => s3.deleteObject({ Bucket: bucket, Key: key }))
    .map((): readonly DeleteError[] => [])
    .mapErr(ofBucket)
    .orElse((failure) =>
      failure.kind === 'store_denied' ? okAsync([{ key, reason: failure.reason }]) : errAsync(failure),
    );

/** One request for all keys that a document can name, and one for each that it cannot. */
export const deleteManyS3 =
  (api: S3Api): ObjectStore['deleteMany'] =>
  (bucket, keys) => {
    const distinct = [...new Set(keys)];
    const plain = distinct.filter((key) => !UNSAFE.test(key));
    return distinct
      .filter((key) => UNSAFE.test(key))
      .reduce(
        (before, key) =>
          before.andThen((errors) => alone(api, bucket, key).map((more) => [...errors, ...more])),
        together(api, bucket, plain),
      );
  };
