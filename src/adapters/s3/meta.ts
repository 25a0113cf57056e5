import { type Instant, instant } from '../../domain/shared/time.js';
import type { ObjectKey } from '../../domain/storage/object-key.js';
import type { Metadata, ObjectMeta, PutOptions } from '../../ports/storage/object-store.js';

/** What S3 says of an object that nobody gave a type; said outright when we have none to give. */
export const UNTYPED = 'binary/octet-stream';
const SECOND = 1_000;

export const etagOf = (quoted = ''): string => quoted.replace(/^(W\/)?"|"$/g, '');

/** Listings tell fractions of a second that no other answer does. */
export const timeOf = (date: Date | undefined): Instant =>
  instant(Math.floor((date?.getTime() ?? 0) / SECOND) * SECOND);

// Printable ASCII without spaces at the ends, and nothing that a reader could take for an encoded word.
const PLAIN = /^(?! )[\x20-\x7e]*(?<! )$/;
const WORD = /=\?utf-8\?(?:b\?([a-z0-9+/=]*)|q\?([^?]*))\?=/gi;
const WORDS = /^=\?utf-8\?[bq]\?[^?]*\?=(?:\s+=\?utf-8\?[bq]\?[^?]*\?=)*$/i;

const encodedWord = (text: string): string => `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
const quotedBytes = (text: string): Buffer =>
  Buffer.from(
    text
      .replaceAll('_', ' ')
      .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

/** A header holds ASCII; anything else goes as S3 itself would show it, in encoded words (RFC 2047). */
export const headerValue = (value: string): string =>
  PLAIN.test(value) && !value.includes('=?') ? value : encodedWord(value);
export const fromHeaderValue = (value: string): string => {
  if (!WORDS.test(value)) return value;
  const words = [...value.matchAll(WORD)].map(([, base64, quoted = '']) =>
    base64 === undefined ? quotedBytes(quoted) : Buffer.from(base64, 'base64'),
  );
  return Buffer.concat(words).toString();
};

const eachValue = (metadata: Metadata, change: (value: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, change(value)]));

/** What a request that makes an object says of it. */
export const described = ({ contentType = UNTYPED, metadata = {} }: PutOptions) => ({
  ContentType: contentType,
  Metadata: eachValue(metadata, headerValue),
});

export type Told = {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly ContentType?: string | undefined;
  readonly Metadata?: Record<string, string> | undefined;
};

const typeOf = (type: string | undefined): string | undefined => (type === UNTYPED ? undefined : type);

/** An object as the store tells of it. */
export const metaOf = (key: ObjectKey, size: number, told: Told): ObjectMeta => {
  const metadata = eachValue(told.Metadata ?? {}, fromHeaderValue);
  const contentType = typeOf(told.ContentType);
  return {
    key,
    size,
    etag: etagOf(told.ETag),
    modifiedAt: timeOf(told.LastModified),
    ...(contentType !== undefined && { contentType }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
};
