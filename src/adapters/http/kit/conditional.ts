import type { ByteRange } from '../../../ports/storage/object-store.js';

/**
 * A single byte range (RFC 9110 section 14). Anything else — another unit, several ranges, a
 * range that ends before it begins — is ignored, as the RFC allows: all of the object is sent.
 */
export const rangeOf = (header: string | undefined): ByteRange | undefined => {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec((header ?? '').trim()) ?? [];
  if (first === '') return last === '' ? undefined : { suffix: Number(last) };
  if (last === '') return { first: Number(first) };
  return Number(last) < Number(first) ? undefined : { first: Number(first), last: Number(last) };
};

/** The entity tags of a header, weak or strong, without quotes; `*` stays itself. */
export const entityTags = (header: string): readonly string[] =>
  header
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .map((tag) => (tag === '*' ? tag : (/^"([^"]*)"$/.exec(tag)?.[1] ?? '')))
    .filter((tag) => tag !== '');
