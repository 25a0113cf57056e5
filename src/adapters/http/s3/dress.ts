import { isUtf8 } from 'node:buffer';
import { err, ok, Result } from 'neverthrow';
import { utf8Length } from '../../../domain/shared/text.js';
import type { Metadata, ObjectMeta } from '../../../ports/storage/object-store.js';
import { failure, type S3Failure } from './errors.js';
import { quoted, type ReplyHeaders } from './reply.js';
import type { S3Request } from './request.js';

/** What a sender writes beside the content. */
export type Dress = { readonly contentType: string | undefined; readonly metadata: Metadata | undefined };

const META = 'x-amz-meta-';
const MAX_METADATA_BYTES = 2 * 1024;
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they could not be sent back
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/;
const MAX_HEADER_BYTES = 1_024;
/**
 * Headers that come back with the object as they were sent. They are kept with its metadata, below names that
 * begin with a colon, as no header's own name does.
 */
const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
] as const;
const KEPT_NAMES: Readonly<Record<string, string>> = {
  'cache-control': 'Cache-Control',
  'content-disposition': 'Content-Disposition',
  'content-encoding': 'Content-Encoding',
  'content-language': 'Content-Language',
  expires: 'Expires',
};

/** How a body is framed on its way is not what it is. */
const keptValue = (name: string, value: string): string =>
  name === 'content-encoding'
    ? value
        .split(',')
        .map((coding) => coding.trim())
        .filter((coding) => coding !== 'aws-chunked')
        .join(', ')
    : value;

/** Node hands header values over byte by byte, and takes them so; what people write there is mostly UTF-8. */
export const utf8Of = (value: string): string => {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : value;
};
const bytesOf = (value: string): string => Buffer.from(value, 'utf8').toString('latin1');

const isSendable = ([name, value]: readonly [string, string]): boolean =>
  TOKEN.test(name) && !CONTROL.test(value);

const metadataOf = ({ header, headerNames }: S3Request): Result<Metadata, S3Failure> => {
  const names = headerNames.filter((name) => name.startsWith(META));
  const pairs = names.map((name) => [name.slice(META.length), header(name) ?? ''] as const);
  if (!pairs.every(isSendable))
    return err(failure('invalid_argument', 'Names of metadata are tokens, and their values text.'));
  const size = pairs.reduce((sum, pair) => sum + utf8Length(pair.join('')), 0);
  return size > MAX_METADATA_BYTES ? err(failure('metadata_too_large')) : ok(Object.fromEntries(pairs));
};

const keptOf = ({ header }: S3Request): Result<Metadata, S3Failure> => {
  const pairs = KEPT.map((name) => [name, keptValue(name, header(name) ?? '')] as const);
  const [long] = pairs.find(([, value]) => value.length > MAX_HEADER_BYTES) ?? [];
  if (long !== undefined) return err(failure('invalid_argument', `${long} is too long.`));
  return ok(
    Object.fromEntries(pairs.flatMap(([name, value]) => (value === '' ? [] : [[`:${name}`, value]]))),
  );
};

/** Content type, metadata and the headers that are kept, as the request brings them. */
export const dressOf = (request: S3Request): Result<Dress, S3Failure> =>
  Result.combine([metadataOf(request), keptOf(request)]).map((written) => {
    const metadata: Metadata = Object.assign({}, ...written);
    return {
      contentType: request.header('content-type') || undefined,
      metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
    };
  });

/** The same on the way out: over what every download has. */
export const dressHeaders = ({ contentType, metadata = {} }: ObjectMeta): ReplyHeaders => ({
  'Content-Type': bytesOf(contentType ?? 'binary/octet-stream'),
  ...Object.fromEntries(
    Object.entries(metadata).map(([name, value]) =>
      name.startsWith(':')
        ? [KEPT_NAMES[name.slice(1)] ?? name.slice(1), bytesOf(value)]
        : [`${META}${name}`, bytesOf(value)],
    ),
  ),
});

/** What an answer without a body tells of an object. */
export const metaHeaders = (meta: ObjectMeta): ReplyHeaders => ({
  ETag: quoted(meta.etag),
  'Last-Modified': new Date(meta.modifiedAt).toUTCString(),
  'Content-Length': String(meta.size),
  'Accept-Ranges': 'bytes',
  'Cache-Control': 'private, no-cache',
  ...dressHeaders(meta),
});
