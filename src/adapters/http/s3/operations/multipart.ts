import { err, ok, type Result, ResultAsync, safeTry } from 'neverthrow';
import type { Completion } from '../../../../application/storage/s3/multipart.js';
import { writeConditionsOf } from '../conditions.js';
import { dressOf } from '../dress.js';
import { failure, type S3Failure } from '../errors.js';
import { PART_NUMBERS } from '../numbers.js';
import { emptyReply, quoted, xmlReply } from '../reply.js';
import type { Run, S3Request } from '../request.js';
import { element } from '../xml.js';
import { childrenOf, type Node, parseXml, rootOf, textOf } from '../xml-in.js';
import { partName, uploadName } from './part-name.js';

/** So many parts have room in it with a checksum each, as clients send them by themselves. */
const MAX_BYTES = 2 * 1024 * 1024;
/** `Part`, `PartNumber`, `ETag` and a checksum, each opened and closed. */
const TAGS = PART_NUMBERS.max * 8;

export const createUpload: Run = (app, request) =>
  safeTry(async function* () {
    const { bucket, key } = request;
    const dress = yield* dressOf(request);
    const { id } = yield* app.s3.createUpload(bucket, { key, ...dress });
    return ok(
      xmlReply(
        element(
          'InitiateMultipartUploadResult',
          element('Bucket', bucket.bucketName),
          element('Key', key),
          element('UploadId', id),
        ),
      ),
    );
  });

export const putPart: Run = (app, request) =>
  safeTry(async function* () {
    const name = yield* partName(request);
    const body = yield* request.body();
    const { etag } = yield* app.s3.putPart(request.bucket, name, body);
    return ok(emptyReply(200, { ETag: quoted(etag), ...body.told() }));
  });

type Parts = Completion['parts'];

const partOf = (node: Node): Parts[number] | undefined => {
  const [number, etag] = [textOf(node, 'PartNumber') ?? '', textOf(node, 'ETag')];
  const value = Number(number);
  const fits = /^\d{1,5}$/.test(number) && value >= PART_NUMBERS.min && value <= PART_NUMBERS.max;
  return fits && etag !== undefined ? { number: value, etag: etag.replace(/^"(.*)"$/, '$1') } : undefined;
};

const partsOf = (node: Node): Result<Parts, S3Failure> =>
  rootOf(node, 'CompleteMultipartUpload').andThen((root) => {
    const nodes = childrenOf(root, 'Part');
    const parts = nodes.flatMap((one) => partOf(one) ?? []);
    if (parts.length !== nodes.length || parts.length === 0 || parts.length > PART_NUMBERS.max)
      return err(failure('malformed_xml', 'One or more parts, each with its number and etag.'));
    const ordered = parts.every(({ number }, index) => number > (parts[index - 1]?.number ?? 0));
    return ordered ? ok(parts) : err(failure('part_order'));
  });

/** Parts were verified when they came; what all of them come to together is not computed. */
const unverifiable = ({ headerNames }: S3Request): Result<void, S3Failure> =>
  headerNames.some((name) => /^x-amz-checksum-(?!type$)/.test(name))
    ? err(failure('not_implemented', 'Checksums over all parts.'))
    : ok(undefined);

export const completeUpload: Run = (app, request) =>
  safeTry(async function* () {
    const { bucket, key, target } = request;
    yield* unverifiable(request);
    const conditions = yield* writeConditionsOf(request.header);
    const bytes = yield* app.s3.readDocument(yield* request.body(), MAX_BYTES);
    const parts = yield* partsOf(yield* new ResultAsync(parseXml(bytes, TAGS)));
    const done = { ...uploadName(request), parts, ...conditions };
    const { etag } = yield* app.s3.completeUpload(bucket, done);
    return ok(
      xmlReply(
        element(
          'CompleteMultipartUploadResult',
          element('Location', target.path),
          element('Bucket', bucket.bucketName),
          element('Key', key),
          element('ETag', quoted(etag)),
        ),
      ),
    );
  });

export const abortUpload: Run = (app, request) =>
  app.s3.abortUpload(request.bucket, uploadName(request)).map(() => emptyReply(204));
