import { ok, safeTry } from 'neverthrow';
import type { StoredObject } from '../../../../ports/storage/object-store.js';
import { entityTags, rangeOf } from '../../kit/conditional.js';
import type { Outgoing } from '../../kit/reply.js';
import { conditionsOf, writeConditionsOf } from '../conditions.js';
import { dressHeaders, dressOf, metaHeaders } from '../dress.js';
import { emptyReply, quoted, type ReplyHeaders, type S3Reply } from '../reply.js';
import type { Run, S3Request } from '../request.js';
import { parameter } from '../target.js';

const OVERRIDES = {
  'response-content-type': 'Content-Type',
  'response-content-disposition': 'Content-Disposition',
  'response-content-encoding': 'Content-Encoding',
  'response-content-language': 'Content-Language',
  'response-cache-control': 'Cache-Control',
  'response-expires': 'Expires',
} as const;

/** What a client asks to be told of the object in place of what is so. A line break could begin another header. */
const overrides = ({ query }: S3Request): ReplyHeaders =>
  Object.fromEntries(
    Object.entries(OVERRIDES).flatMap(([name, header]) => {
      const value = parameter(query, name);
      return value && /^[\x20-\x7e]{1,1024}$/.test(value) ? [[header, value]] : [];
    }),
  );

const outgoing = (request: S3Request, { meta, from, to, body, close }: StoredObject): Outgoing => {
  const { size } = meta;
  const length = to - from + 1;
  return {
    bytes: body,
    close,
    length,
    part:
      length < size || request.header('range') !== undefined ? partOf(request, from, to, size) : undefined,
    version: meta,
    fileName: '',
    headers: { ...dressHeaders(meta), ...overrides(request) },
  };
};

/** A range that takes in everything is a part too; one that was not understood is none. */
const partOf = ({ header }: S3Request, from: number, to: number, size: number): Outgoing['part'] =>
  to - from + 1 < size || (rangeOf(header('range')) && header('if-range') === undefined)
    ? { from, to, size }
    : undefined;

export const getObject: Run = (app, request) => {
  const { bucket, key, header } = request;
  const wanted = {
    key,
    range: rangeOf(header('range')),
    ifRange: entityTags(header('if-range') ?? '')[0],
    conditions: conditionsOf(header),
  };
  return app.s3
    .getObject(bucket, wanted)
    .map(
      (got): S3Reply =>
        'stored' in got
          ? { kind: 'object', outgoing: outgoing(request, got.stored) }
          : emptyReply(304, { ETag: quoted(got.notModified.etag) }),
    );
};

export const headObject: Run = (app, request) =>
  app.s3
    .headObject(request.bucket, { key: request.key, conditions: conditionsOf(request.header) })
    .map((got) =>
      'meta' in got
        ? emptyReply(200, { ...metaHeaders(got.meta), ...overrides(request) })
        : emptyReply(304, { ETag: quoted(got.notModified.etag) }),
    );

export const putObject: Run = (app, request) =>
  safeTry(async function* () {
    const { bucket, key } = request;
    const conditions = yield* writeConditionsOf(request.header);
    const dress = yield* dressOf(request);
    const body = yield* request.body();
    const meta = yield* app.s3.putObject(bucket, { key, body, ...dress, ...conditions });
    return ok(emptyReply(200, { ETag: quoted(meta.etag), ...body.told() }));
  });

export const deleteObject: Run = (app, { bucket, key }) =>
  app.s3.deleteObject(bucket, key).map(() => emptyReply(204));
