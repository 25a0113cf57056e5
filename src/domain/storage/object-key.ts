import { err, ok, type Result } from 'neverthrow';
import type { Brand } from '../shared/brand.js';
import { isStorableText, utf8Length } from '../shared/text.js';

/** An object's full name in its bucket. Kept byte for byte: no normalisation of any kind. */
export type ObjectKey = Brand<string, 'ObjectKey'>;
export type InvalidKey = { readonly kind: 'invalid_key'; readonly field: string; readonly reason: string };

export const MAX_KEY_BYTES = 1024;
const DOT_SEGMENT = /(^|\/)\.{1,2}(\/|$)/;

/**
 * 1 to 1024 UTF-8 bytes, well-formed, no NUL, no `.` or `..` segment (a store or proxy that
 * normalises paths would reach another key).
 */
export const objectKey = (text: string, field = 'key'): Result<ObjectKey, InvalidKey> => {
  const refuse = (reason: string) => err({ kind: 'invalid_key' as const, field, reason });
  if (text === '') return refuse('must not be empty');
  return prefix(text, field).map((checked) => checked as string as ObjectKey);
};

/** What a listing starts with: any beginning of a key, empty included. */
export type Prefix = Brand<string, 'Prefix'>;

export const prefix = (text: string, field = 'prefix'): Result<Prefix, InvalidKey> => {
  const refuse = (reason: string) => err({ kind: 'invalid_key' as const, field, reason });
  if (!isStorableText(text)) return refuse('must be well-formed Unicode without NUL');
  if (utf8Length(text) > MAX_KEY_BYTES) return refuse(`must be at most ${MAX_KEY_BYTES} bytes of UTF-8`);
  if (DOT_SEGMENT.test(text)) return refuse('must not have a "." or ".." segment');
  return ok(text as Prefix);
};

/**
 * What every key in a folder begins with; `dir` and `dir/` name the same one. The bucket as a whole is not
 * a folder: nobody deletes it by leaving something out.
 */
export const folder = (text: string, field = 'key'): Result<Prefix, InvalidKey> =>
  text === '' || text === '/'
    ? err({ kind: 'invalid_key', field, reason: 'must name a folder' })
    : prefix(text.endsWith('/') ? text : `${text}/`, field);

/** The last segment, as a person reads it; folders keep no trailing slash. */
export const nameOf = (key: string): string => {
  const path = key.endsWith('/') ? key.slice(0, -1) : key;
  return path.slice(path.lastIndexOf('/') + 1);
};
