import { err, ok, type Result, safeTry } from 'neverthrow';
import type { ListInput } from '../../../../application/storage/s3/list-objects.js';
import { iso } from '../../../../domain/shared/time.js';
import type { ListEntry, Listing, ObjectMeta } from '../../../../ports/storage/object-store.js';
import { failure, type S3Failure } from '../errors.js';
import { MOST_ENTRIES, numberOf, PAGE } from '../numbers.js';
import { quoted, type S3Reply, xmlReply } from '../reply.js';
import type { Run, S3App, S3Request } from '../request.js';
import { type Spelling, spelling } from '../spelling.js';
import { parameter, type Query } from '../target.js';
import { element, optional, type Xml } from '../xml.js';

type Page = Omit<ListInput, 'after'> & { readonly name: Spelling };

const delimiterOf = (query: Query): Result<'/' | undefined, S3Failure> => {
  const delimiter = parameter(query, 'delimiter') ?? '';
  if (delimiter === '' || delimiter === '/') return ok(delimiter === '/' ? delimiter : undefined);
  return err(failure('not_implemented', 'Delimiters other than "/".'));
};

const pageOf = (query: Query): Result<Page, S3Failure> =>
  safeTry(function* () {
    const name = yield* spelling(query);
    const delimiter = yield* delimiterOf(query);
    const limit = yield* numberOf(query, 'max-keys', MOST_ENTRIES, PAGE, MOST_ENTRIES);
    return ok({ prefix: parameter(query, 'prefix') ?? '', delimiter, limit, name });
  });

const contents = (name: Page['name'], { key, modifiedAt, etag, size }: ObjectMeta): Xml =>
  element(
    'Contents',
    element('Key', name(key)),
    element('LastModified', iso(modifiedAt)),
    element('ETag', quoted(etag)),
    element('Size', size),
    element('StorageClass', 'STANDARD'),
  );

const entry =
  (name: Page['name']) =>
  (one: ListEntry): Xml =>
    one.type === 'file'
      ? contents(name, one.object)
      : element('CommonPrefixes', element('Prefix', name(one.prefix)));

/** What both lists say alike. */
const result = (
  { bucket, query }: S3Request,
  { prefix, delimiter, limit, name }: Page,
  { entries, next }: Listing,
  own: readonly (Xml | undefined)[],
): S3Reply => {
  const files = entries.filter(({ type }) => type === 'file');
  const folders = entries.filter(({ type }) => type === 'folder');
  return xmlReply(
    element(
      'ListBucketResult',
      element('Name', bucket.bucketName),
      element('Prefix', name(prefix)),
      ...own,
      element('MaxKeys', limit),
      optional('Delimiter', delimiter),
      optional('EncodingType', parameter(query, 'encoding-type') || undefined),
      element('IsTruncated', next !== undefined),
      ...[...files, ...folders].map(entry(name)),
    ),
  );
};

/** Which list a token is for: that of this bucket, whatever its page. */
const listOf = ({ bucket }: S3Request): string => `s3 ${bucket.id}`;

const afterToken = ({ pages }: S3App, request: S3Request) => {
  const token = parameter(request.query, 'continuation-token');
  const start = parameter(request.query, 'start-after') || undefined;
  // An empty token is the beginning: so clients begin that send one with every page.
  if (token === undefined || token === '') return ok(start);
  return pages.read(listOf(request), token).map((after): string | undefined => after);
};

export const listObjectsV2: Run = (app, request) =>
  safeTry(async function* () {
    const { query, bucket } = request;
    if (parameter(query, 'list-type') !== '2')
      return err(failure('invalid_argument', 'list-type must be 2.'));
    const page = yield* pageOf(query);
    const after = yield* afterToken(app, request);
    const listing = yield* app.s3.listKeys(bucket, { ...page, after });
    const start = parameter(query, 'start-after') || undefined;
    const { next } = listing;
    const own = [
      optional('StartAfter', start && page.name(start)),
      element('KeyCount', listing.entries.length),
      optional('ContinuationToken', parameter(query, 'continuation-token')),
      optional('NextContinuationToken', next && app.pages.issue(listOf(request), next)),
    ];
    return ok(result(request, page, listing, own));
  });

export const listObjects: Run = (app, request) =>
  safeTry(async function* () {
    const { query, bucket } = request;
    const page = yield* pageOf(query);
    const marker = parameter(query, 'marker') ?? '';
    const listing = yield* app.s3.listKeys(bucket, { ...page, after: marker || undefined });
    const { next } = listing;
    const own = [element('Marker', page.name(marker)), optional('NextMarker', next && page.name(next))];
    return ok(result(request, page, listing, own));
  });
