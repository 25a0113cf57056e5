import { getCanonicalHeaders, getCanonicalQuery } from '@smithy/signature-v4';
import { encodedPath, ROOT, type Target } from '../target.js';
import type { Headers } from './presented.js';

export type Signable = {
  readonly method: string;
  readonly target: Target;
  readonly headers: Headers;
  /** The last line of the canonical request. */
  readonly payload: string;
};
/** What clients write of the same request in different ways. */
export type Spelling = { readonly host: string; readonly path: string };

/**
 * As it was sent; as S3 would spell what it means; and as s3cmd does, which takes the path of an endpoint for a
 * part of its host. All of them name the same object on the same host.
 */
export const spellings = ({ target: { path }, headers: { host = '' } }: Signable): readonly Spelling[] => {
  const paths = [...new Set([path, encodedPath(decodeURIComponent(path))])];
  const beyond = paths.map((one) => ({ host: `${host}${ROOT}`, path: one.slice(ROOT.length) || '/' }));
  return [...paths.map((one) => ({ host, path: one })), ...beyond];
};

/** What the signature is made over (SigV4, "Create a canonical request"). */
export const canonicalRequest = (
  { method, target, headers, payload }: Signable,
  { host, path }: Spelling,
  names: readonly string[],
): string => {
  const chosen = Object.fromEntries(
    names.map((name) => [name, name === 'host' ? host : (headers[name] ?? '')]),
  );
  const query = Object.fromEntries([...target.query].map(([name, values]) => [name, [...values]]));
  const request = { method, path, query, headers: chosen, protocol: '', hostname: '' };
  const canonical = getCanonicalHeaders(request, undefined, new Set(names));
  const lines = Object.entries(canonical).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    method,
    path,
    getCanonicalQuery(request),
    ...lines.map(([name, value]) => `${name}:${value}`),
    '',
    lines.map(([name]) => name).join(';'),
    payload,
  ].join('\n');
};
