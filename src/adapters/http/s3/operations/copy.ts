import { err, ok, type Result, safeTry } from 'neverthrow';
import type { Source } from '../../../../application/storage/s3/copy-object.js';
import { iso } from '../../../../domain/shared/time.js';
import { rangeOf } from '../../kit/conditional.js';
import { conditionsOf } from '../conditions.js';
import { type Dress, dressOf } from '../dress.js';
import { failure, type S3Failure } from '../errors.js';
import { quoted, xmlReply } from '../reply.js';
import type { Run, S3Request } from '../request.js';
import { targetOf } from '../target.js';
import { element } from '../xml.js';
import { partName } from './part-name.js';

const HEADER = 'x-amz-copy-source';

/** `bucket/key`, encoded as in an address, with a slash before it or without. */
const sourceOf = ({ bucket, header }: S3Request): Result<Source, S3Failure> =>
  targetOf(`/s3/${(header(HEADER) ?? '').replace(/^\//, '')}`)
    .mapErr(() => failure('invalid_argument', `${HEADER} must be an encoded bucket/key.`))
    .andThen(({ level, bucket: name, key, query }) => {
      if (level !== 'object') return err(failure('invalid_argument', `${HEADER} must be bucket/key.`));
      if (query.size > 0) return err(failure('not_implemented', 'Versions of a source.'));
      if (name !== bucket.bucketName) return err(failure('other_bucket'));
      return ok({ key, conditions: conditionsOf(header, `${HEADER}-`) });
    });

/** What the copy wears: as the source does, unless the client says otherwise. */
const copyDress = (request: S3Request): Result<Dress | undefined, S3Failure> => {
  const directive = request.header('x-amz-metadata-directive') ?? 'COPY';
  if (directive === 'COPY') return ok(undefined);
  return directive === 'REPLACE'
    ? dressOf(request)
    : err(failure('invalid_argument', 'x-amz-metadata-directive must be COPY or REPLACE.'));
};

export const copyObject: Run = (app, request) =>
  safeTry(async function* () {
    const source = yield* sourceOf(request);
    const dress = yield* copyDress(request);
    const { bucket, key, gone: signal } = request;
    const { modifiedAt, etag } = yield* app.s3.copyObject(bucket, { source, key, dress, signal });
    return ok(
      xmlReply(
        element('CopyObjectResult', element('LastModified', iso(modifiedAt)), element('ETag', quoted(etag))),
      ),
    );
  });

const rangeOfSource = ({ header }: S3Request): Result<Source['range'], S3Failure> => {
  const text = header(`${HEADER}-range`);
  if (text === undefined) return ok(undefined);
  const range = /^bytes=\d+-\d+$/.test(text) ? rangeOf(text) : undefined;
  return range ? ok(range) : err(failure('invalid_argument', `${HEADER}-range must be bytes=FIRST-LAST.`));
};

export const copyPart: Run = (app, request) =>
  safeTry(async function* () {
    const name = yield* partName(request);
    const source = yield* sourceOf(request);
    const range = yield* rangeOfSource(request);
    const part = yield* app.s3.copyPart(request.bucket, name, { ...source, range }, request.gone);
    return ok(
      xmlReply(
        element(
          'CopyPartResult',
          element('LastModified', iso(part.modifiedAt)),
          element('ETag', quoted(part.etag)),
        ),
      ),
    );
  });
