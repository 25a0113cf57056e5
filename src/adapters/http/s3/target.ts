import { err, ok, Result } from 'neverthrow';
import { failure, type S3Failure } from './errors.js';

export type Level = 'service' | 'bucket' | 'object';
/** What a request is about, read from its address as it came: nobody has decoded or tidied it before. */
export type Target = {
  readonly level: Level;
  /** As sent, from the first slash to the question mark. */
  readonly path: string;
  readonly bucket: string;
  /** Decoded once; empty unless the level is `object`. */
  readonly key: string;
  readonly query: Query;
};
/** Decoded names with their values, in the order they came. */
export type Query = ReadonlyMap<string, readonly string[]>;

/** The path of the endpoint. */
export const ROOT = '/s3';

const decode = Result.fromThrowable(decodeURIComponent, () => failure('invalid_uri'));

/** A plus is a space in a query, and itself in a path. */
const queryOf = (text: string): Result<Query, S3Failure> => {
  const query = new Map<string, readonly string[]>();
  for (const pair of text.split('&').filter((one) => one !== '')) {
    const equals = pair.indexOf('=');
    const halves = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    const decoded = Result.combine(halves.map((half) => decode(half.replaceAll('+', ' '))));
    if (decoded.isErr()) return err(decoded.error);
    const [name = '', value = ''] = decoded.value;
    query.set(name, [...(query.get(name) ?? []), value]);
  }
  return ok(query);
};

/** Splits the raw target of a request: `/s3`, `/s3/{bucket}` or `/s3/{bucket}/{key}`. */
export const targetOf = (url: string): Result<Target, S3Failure> => {
  const raw = url.replace(/^https?:\/\/[^/?]*/i, '');
  const mark = raw.indexOf('?');
  const path = mark < 0 ? raw : raw.slice(0, mark);
  const rest = path.slice(ROOT.length + 1);
  const slash = rest.indexOf('/');
  const name = slash < 0 ? rest : rest.slice(0, slash);
  const rawKey = slash < 0 ? '' : rest.slice(slash + 1);
  const level: Level = rawKey !== '' ? 'object' : name === '' ? 'service' : 'bucket';
  return Result.combine([decode(name), decode(rawKey)]).andThen(([bucket = '', key = '']) =>
    queryOf(mark < 0 ? '' : raw.slice(mark + 1)).map((query) => ({ level, path, bucket, key, query })),
  );
};

/** The first value under a name. */
export const parameter = (query: Query, name: string): string | undefined => query.get(name)?.[0];

/** As RFC 3986 wants it and S3 writes it: all but unreserved characters. */
export const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** A path or key with its slashes left as they are. */
export const encodedPath = (text: string): string => text.split('/').map(encoded).join('/');
