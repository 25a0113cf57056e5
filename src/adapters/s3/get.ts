import { Readable } from 'node:stream';
import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import { NOT_FOUND } from '../../ports/shared/failure.js';
import type {
  ByteRange,
  GetFailure,
  GetOptions,
  HeadFailure,
  ObjectMeta,
  ObjectStore,
  StoredObject,
} from '../../ports/storage/object-store.js';
import { spanOf } from '../kit/byte-range.js';
import type { S3Api } from './client.js';
import {
  BUCKET_MISSING,
  type CallFailure,
  isRefusedAs,
  ofBucket,
  otherwise,
  unavailable,
} from './failures.js';
import { metaOf, type Told } from './meta.js';

const isStatus = (failure: CallFailure, status: number): boolean =>
  failure.kind === 'refused' && failure.status === status;

/** HEAD has no words: whether the bucket or only the key is missing has to be asked. */
export const headS3 =
  (api: S3Api): ObjectStore['head'] =>
  (bucket, key) => {
    const missing = (): ResultAsync<never, HeadFailure> =>
      api((s3) => s3.headBucket({ Bucket: bucket }))
        .map(() => NOT_FOUND)
        .orElse((failure): ResultAsync<HeadFailure, HeadFailure> => {
          if (isStatus(failure, 404)) return okAsync(BUCKET_MISSING);
          const told = otherwise(failure);
          // Without the right to ask for the bucket, the answer for the key has to do.
          return told.kind === 'store_denied' ? okAsync(NOT_FOUND) : errAsync(told);
        })
        .andThen((told) => errAsync(told));
    return api((s3) => s3.headObject({ Bucket: bucket, Key: key }))
      .map((told) => metaOf(key, told.ContentLength ?? 0, told))
      .orElse((failure) => (isStatus(failure, 404) ? missing() : errAsync(ofBucket(failure))));
  };

const rangeHeader = (range: ByteRange): string =>
  'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.first}-${range.last ?? ''}`;

type Answer = Told & {
  readonly Body?: unknown;
  readonly ContentLength?: number | undefined;
  readonly ContentRange?: string | undefined;
};
type Part = { readonly from: number; readonly to: number; readonly size: number };

/** Positions and size of the whole; a store that does not know ranges sends all there is. */
const partOf = ({ ContentLength, ContentRange = '' }: Answer): Part | undefined => {
  const [, from, to, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(ContentRange) ?? [];
  if (from !== undefined) return { from: Number(from), to: Number(to), size: Number(size) };
  return ContentLength === undefined ? undefined : { from: 0, to: ContentLength - 1, size: ContentLength };
};

const judged = (
  meta: ObjectMeta,
  { from, to }: Part,
  { range, ifMatch }: GetOptions,
): Result<ObjectMeta, GetFailure> => {
  if (ifMatch !== undefined && ifMatch !== meta.etag) return err({ kind: 'precondition_failed' });
  return spanOf(range, meta.size).andThen((span) =>
    span.from === from && span.to === to
      ? ok(meta)
      : err(unavailable(`bytes ${from}-${to} came where ${span.from}-${span.to} were asked for`)),
  );
};

const stored = (key: ObjectKey, answer: Answer, options: GetOptions): Result<StoredObject, GetFailure> => {
  const { Body: body } = answer;
  const part = partOf(answer);
  if (!(body instanceof Readable)) return err(unavailable('an object came without a body'));
  // The reader may have left before the connection failed; whoever still iterates is told by the iterator.
  body.on('error', () => undefined);
  const close = () => void body.destroy(new Error('closed before its end'));
  const found = part
    ? judged(metaOf(key, part.size, answer), part, options)
    : err(unavailable('an object came without its length'));
  return found
    .map((meta) => ({ meta, from: part?.from ?? 0, to: part?.to ?? -1, body, close }))
    .mapErr((failure) => {
      close();
      return failure;
    });
};

export const getS3 = (api: S3Api, head: ObjectStore['head']): ObjectStore['get'] => {
  /** Refused ranges name the size, which only a look at the object tells for sure. */
  const unsatisfiable = (bucket: string, key: ObjectKey): ResultAsync<never, GetFailure> =>
    head(bucket, key).andThen(({ size }) => errAsync({ kind: 'range_unsatisfiable' as const, size }));

  return (bucket, key, options = {}) => {
    const { range, ifMatch } = options;
    // Some servers take the last 0 bytes for all of them.
    if (range && 'suffix' in range && range.suffix === 0) return unsatisfiable(bucket, key);
    return api((s3) =>
      s3.getObject({
        Bucket: bucket,
        Key: key,
        ...(range && { Range: rangeHeader(range) }),
        ...(ifMatch !== undefined && { IfMatch: `"${ifMatch}"` }),
      }),
    )
      .orElse((failure): ResultAsync<never, GetFailure> => {
        if (isRefusedAs(failure, 'NoSuchKey')) return errAsync(NOT_FOUND);
        if (isStatus(failure, 412)) return errAsync({ kind: 'precondition_failed' });
        if (isStatus(failure, 416)) return unsatisfiable(bucket, key);
        return errAsync(ofBucket(failure));
      })
      .andThen((answer) => stored(key, answer, options));
  };
};
