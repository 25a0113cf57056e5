import type { IncomingMessage, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type BucketFields, type Buckets, type ObjectFields, resourceOf, type Version } from './buckets.js';
import { partOf } from './fields.js';
import { listObjects } from './listing.js';
import { refusal } from './refusal.js';
import { bytesOf, fieldsIn, multipartOf, type Upload, type Uploads } from './uploads.js';

export type Permission = `storage.buckets.${'create' | 'get' | 'delete'}` | `storage.objects.${ObjectRight}`;
type ObjectRight = 'create' | 'get' | 'list' | 'delete';

type Deps = {
  readonly buckets: Buckets;
  readonly uploads: Uploads;
  /** Throws when the caller lacks the permission on the object, or bucket, of this name. */
  readonly allow: (permission: Permission, name: string) => void;
  readonly held: (asked: number) => number;
};

const send = (response: ServerResponse, answer: unknown, query: URLSearchParams): void => {
  const body = JSON.stringify(partOf(answer, query.get('fields')));
  response.setHeader('content-type', 'application/json; charset=UTF-8').end(body);
};
const sendNothing = (response: ServerResponse, status: number): void => {
  response.writeHead(status).end();
};
const conditionsIn = (query: URLSearchParams) => ({
  generation: query.get('generation'),
  ifGenerationMatch: query.get('ifGenerationMatch'),
  ifGenerationNotMatch: query.get('ifGenerationNotMatch'),
});

const spanOf = (range: string | undefined, size: number): readonly [number, number] | undefined => {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
  if (first === undefined || (first === '' && last === '')) return undefined;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (from > to) throw refusal(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable');
  return [from, to];
};

/** Bytes that were stored compressed go out decompressed, and whole, unless the reader takes them as they are. */
const sendMedia = (request: IncomingMessage, response: ServerResponse, version: Version): void => {
  const { bytes, contentType = 'application/octet-stream', contentEncoding } = version;
  const decompress = contentEncoding === 'gzip' && !/gzip/.test(request.headers['accept-encoding'] ?? '');
  const content = decompress ? gunzipSync(bytes) : bytes;
  const span = decompress ? undefined : spanOf(request.headers.range, bytes.length);
  const [from, to] = span ?? [0, content.length - 1];
  response.writeHead(span ? 206 : 200, {
    'content-type': contentType,
    'content-length': to - from + 1,
    'x-goog-generation': version.generation,
    'x-goog-stored-content-length': bytes.length,
    'x-goog-hash': `crc32c=${version.crc32c},md5=${version.md5Hash}`,
    ...(contentEncoding && !decompress && { 'content-encoding': contentEncoding }),
    ...(span && { 'content-range': `bytes ${from}-${to}/${content.length}` }),
  });
  response.end(content.subarray(from, to + 1));
};

/** The operations of the JSON API, by path and method. */
export const apiOf = ({ buckets, uploads, allow, held }: Deps) => {
  const onBuckets = async (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => {
    allow('storage.buckets.create', '');
    send(response, buckets.insertBucket(fieldsIn<BucketFields>(await bytesOf(request))), query);
  };

  const onBucket = (
    method: string | undefined,
    response: ServerResponse,
    bucket: string,
    query: URLSearchParams,
  ) => {
    if (method === 'GET') {
      allow('storage.buckets.get', bucket);
      return send(response, buckets.bucket(bucket), query);
    }
    allow('storage.buckets.delete', bucket);
    buckets.deleteBucket(bucket);
    sendNothing(response, 204);
  };

  const onObject = (
    request: IncomingMessage,
    response: ServerResponse,
    [bucket, name]: readonly [string, string],
    query: URLSearchParams,
  ) => {
    if (request.method === 'DELETE') {
      allow('storage.objects.delete', name);
      buckets.remove(bucket, name, conditionsIn(query));
      return sendNothing(response, 204);
    }
    allow('storage.objects.get', name);
    const version = buckets.find(bucket, name, conditionsIn(query));
    if (query.get('alt') === 'media') return sendMedia(request, response, version);
    send(response, resourceOf(version), query);
  };

  const mayWrite = (bucket: string, name: string): void => {
    allow('storage.objects.create', name);
    if (buckets.holds(bucket, name)) allow('storage.objects.delete', name);
  };

  const begin = async (
    request: IncomingMessage,
    response: ServerResponse,
    bucket: string,
    query: URLSearchParams,
  ) => {
    const fields = fieldsIn<ObjectFields>(await bytesOf(request));
    const name = query.get('name') ?? fields.name ?? '';
    mayWrite(bucket, name);
    const type = request.headers['x-upload-content-type'];
    const id = uploads.begin(
      bucket,
      { ...(typeof type === 'string' && { contentType: type }), ...fields, name },
      conditionsIn(query),
    );
    const location = `http://${request.headers.host}${request.url}&upload_id=${id}`;
    response.writeHead(200, { location }).end();
  };

  const proceed = async (
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    query: URLSearchParams,
  ) => {
    if (request.method === 'DELETE') {
      uploads.cancel(id);
      return sendNothing(response, 499);
    }
    const outcome = uploads.proceed(id, await bytesOf(request), request.headers['content-range']);
    if (typeof outcome !== 'number') return send(response, resourceOf(outcome), query);
    response.writeHead(308, outcome > 0 ? { range: `bytes=0-${outcome - 1}` } : {}).end();
  };

  const onUpload = async (
    request: IncomingMessage,
    response: ServerResponse,
    bucket: string,
    query: URLSearchParams,
  ) => {
    const id = query.get('upload_id');
    if (id !== null) return proceed(request, response, id, query);
    if (query.get('uploadType') === 'resumable') return begin(request, response, bucket, query);
    const name = query.get('name');
    mayWrite(bucket, name ?? '');
    const type = request.headers['content-type'];
    const body = await bytesOf(request);
    const sent: Upload =
      query.get('uploadType') === 'multipart'
        ? multipartOf(body, type ?? '')
        : { fields: { ...(type && { contentType: type }) }, bytes: body };
    const fields = name === null ? sent.fields : { ...sent.fields, name };
    mayWrite(bucket, fields.name ?? '');
    const stored = buckets.insert(bucket, fields, sent.bytes, conditionsIn(query));
    send(response, resourceOf(stored), query);
  };

  return async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: URLSearchParams,
  ): Promise<void> => {
    const [, upload, bucket, objects, name] =
      /^(\/upload)?\/storage\/v1\/b(?:\/([^/]+)(\/o)?(?:\/([^/]+))?)?$/.exec(path) ?? [];
    const within = decodeURIComponent(bucket ?? '');
    if (upload && objects) return onUpload(request, response, within, query);
    if (path === '/storage/v1/b' && request.method === 'POST') return onBuckets(request, response, query);
    if (bucket && !objects) return onBucket(request.method, response, within, query);
    if (!objects) throw refusal(404, 'notFound', 'Not Found');
    if (name) return onObject(request, response, [within, decodeURIComponent(name)], query);
    allow('storage.objects.list', within);
    send(response, listObjects(buckets.objects(within), query, held), query);
  };
};
