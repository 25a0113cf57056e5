import { err, ok, type Result, safeTry } from 'neverthrow';
import { iso } from '../../../../domain/shared/time.js';
import type { PartMeta, UploadMeta } from '../../../../ports/storage/multipart.js';
import { failure, type S3Failure } from '../errors.js';
import { MOST_ENTRIES, numberOf, PAGE } from '../numbers.js';
import { quoted, xmlReply } from '../reply.js';
import type { Run, S3Request } from '../request.js';
import { type Spelling, spelling } from '../spelling.js';
import { parameter, type Query } from '../target.js';
import { element, optional, type Xml } from '../xml.js';
import { uploadName } from './part-name.js';

const part = ({ number, modifiedAt, etag, size }: PartMeta): Xml =>
  element(
    'Part',
    element('PartNumber', number),
    element('LastModified', iso(modifiedAt)),
    element('ETag', quoted(etag)),
    element('Size', size),
  );

/** Neither port nor S3 knows a page of nothing. */
const pageSize = (limit: number): number => Math.max(1, limit);

export const listParts: Run = (app, request) =>
  safeTry(async function* () {
    const { bucket, key, query } = request;
    const name = uploadName(request);
    const limit = yield* numberOf(query, 'max-parts', MOST_ENTRIES, PAGE, MOST_ENTRIES);
    const after = yield* numberOf(query, 'part-number-marker', 0, PAGE);
    const { parts, next } = yield* app.s3.listParts(bucket, name, { after, limit: pageSize(limit) });
    return ok(
      xmlReply(
        element(
          'ListPartsResult',
          element('Bucket', bucket.bucketName),
          element('Key', key),
          element('UploadId', name.upload),
          element('StorageClass', 'STANDARD'),
          element('PartNumberMarker', after),
          optional('NextPartNumberMarker', next),
          element('MaxParts', pageSize(limit)),
          element('IsTruncated', next !== undefined),
          ...parts.map(part),
        ),
      ),
    );
  });

/** After the last of all ids: begins with the next key. */
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Listed = { readonly uploads: readonly UploadMeta[]; readonly more: boolean };
type Page = { readonly prefix: string; readonly key: string | undefined; readonly limit: number };

const pageOf = (query: Query): Result<Page & { readonly marker: string }, S3Failure> => {
  const marker = parameter(query, 'upload-id-marker') || LAST_ID;
  if (parameter(query, 'delimiter'))
    return err(failure('not_implemented', 'Delimiters in lists of uploads.'));
  if (!UUID.test(marker)) return err(failure('invalid_argument', 'upload-id-marker is none.'));
  const [prefix, key] = [parameter(query, 'prefix') ?? '', parameter(query, 'key-marker') || undefined];
  return numberOf(query, 'max-uploads', MOST_ENTRIES, PAGE, MOST_ENTRIES).map((limit) => ({
    prefix,
    key,
    marker,
    limit: pageSize(limit),
  }));
};

const upload = (name: Spelling, { key, id, startedAt }: UploadMeta): Xml =>
  element(
    'Upload',
    element('Key', name(key)),
    element('UploadId', id),
    element('StorageClass', 'STANDARD'),
    element('Initiated', iso(startedAt)),
  );

const uploadsResult = (
  { bucket, query }: S3Request,
  name: Spelling,
  { prefix, key, limit }: Page,
  { uploads, more }: Listed,
): Xml => {
  const last = more ? uploads.at(-1) : undefined;
  return element(
    'ListMultipartUploadsResult',
    element('Bucket', bucket.bucketName),
    element('KeyMarker', name(key ?? '')),
    element('UploadIdMarker', parameter(query, 'upload-id-marker') ?? ''),
    optional('NextKeyMarker', last && name(last.key)),
    optional('NextUploadIdMarker', last?.id),
    element('Prefix', name(prefix)),
    optional('EncodingType', parameter(query, 'encoding-type') || undefined),
    element('MaxUploads', limit),
    element('IsTruncated', more),
    ...uploads.map((one) => upload(name, one)),
  );
};

export const listUploads: Run = (app, request) =>
  safeTry(async function* () {
    const { bucket, query } = request;
    const name = yield* spelling(query);
    const page = yield* pageOf(query);
    const { prefix, key, marker, limit } = page;
    const after = key === undefined ? undefined : { key, id: marker };
    const listed = yield* app.s3.listUploads(bucket, { prefix, after, limit });
    return ok(xmlReply(uploadsResult(request, name, page, listed)));
  });
