import { Readable } from 'node:stream';
import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import { NOT_FOUND } from '../../ports/shared/failure.js';
import type { GetFailure, GetOptions, ObjectStore, StoredObject } from '../../ports/storage/object-store.js';
import { type Span, spanOf } from '../kit/byte-range.js';
import { type GcsApi, type Media, objectPath } from './api.js';
import { type CallFailure, otherwise, unavailable } from './failures.js';
import { ofObject } from './missing.js';
import { FIELDS, isCompressed, metaOf, Resource } from './resource.js';

/** Overwritten this often between a look and a read, an object is no longer a race. */
const TRIES = 8;

const stored = (resource: Resource, { from, to }: Span, body: Readable): StoredObject => {
  // The reader may have left before the connection failed; whoever still iterates is told by the iterator.
  body.on('error', () => undefined);
  const close = () => void body.destroy(new Error('closed before its end'));
  return { meta: metaOf(resource), from, to, body, close };
};

/** The bytes of one generation, as they are stored. */
const mediaOf = (resource: Resource, { from, to }: Span) => ({
  method: 'GET' as const,
  query: { alt: 'media', ifGenerationMatch: resource.generation },
  headers: {
    // Otherwise what is stored compressed arrives decompressed, and without regard to the range.
    'accept-encoding': isCompressed(resource) ? 'gzip' : 'identity',
    ...(to - from + 1 < Number(resource.size) && { range: `bytes=${from}-${to}` }),
  },
});

/** A body of another length than was asked for is no answer. */
const checked = ({ headers, body }: Media, { from, to }: Span): Result<Readable, CallFailure> => {
  const length = headers['content-length'];
  if (length === undefined || Number(length) === to - from + 1) return ok(body);
  body.destroy();
  return err(unavailable(`${length} bytes came where ${to - from + 1} were asked for`));
};

const isGone = (failure: CallFailure): boolean =>
  failure.kind === 'refused' && [404, 412, 416].includes(failure.status);

/** Head of an object, as the service shows it. */
export const lookAt = (api: GcsApi, bucket: string, key: string) =>
  api
    .ask({ method: 'GET', path: objectPath(bucket, key), query: { fields: FIELDS } }, Resource)
    .orElse(ofObject(api, bucket));

export const headGcs =
  (api: GcsApi): ObjectStore['head'] =>
  (bucket, key) =>
    lookAt(api, bucket, key).map(metaOf);

/** A look first, since a range wants the size and a download tells no more than its bytes; then that generation. */
export const getGcs = (api: GcsApi): ObjectStore['get'] => {
  const read = (path: string, resource: Resource, span: Span) =>
    span.to < 0
      ? okAsync(stored(resource, span, Readable.from([])))
      : api
          .open({ path, ...mediaOf(resource, span) })
          .andThen((media) => checked(media, span))
          .map((body) => stored(resource, span, body));

  const attempt = (
    tries: number,
    bucket: string,
    key: string,
    { range, ifMatch }: GetOptions,
  ): ResultAsync<StoredObject, GetFailure> =>
    lookAt(api, bucket, key)
      .andThen(
        (resource): Result<Resource, GetFailure> =>
          ifMatch === undefined || ifMatch === resource.generation
            ? ok(resource)
            : err({ kind: 'precondition_failed' }),
      )
      .andThen((resource) =>
        spanOf(range, Number(resource.size)).asyncAndThen((span) =>
          read(objectPath(bucket, key), resource, span).orElse(
            (failure): ResultAsync<StoredObject, GetFailure> => {
              if (!isGone(failure)) return errAsync(otherwise(failure));
              return tries < TRIES
                ? attempt(tries + 1, bucket, key, { range, ifMatch })
                : errAsync(NOT_FOUND);
            },
          ),
        ),
      );

  return (bucket, key, options = {}) => attempt(1, bucket, key, options);
};
