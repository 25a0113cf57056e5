import { err, ok, type Result } from 'neverthrow';
import type { Conditions } from '../../../application/storage/s3/conditions.js';
import { type Instant, instant } from '../../../domain/shared/time.js';
import { entityTags } from '../kit/conditional.js';
import { failure, type S3Failure } from './errors.js';
import type { S3Request } from './request.js';

type Header = S3Request['header'];

/** Clients of S3 also send etags without quotes. */
const tags = (value: string | undefined): readonly string[] | undefined => {
  if (value === undefined) return undefined;
  const known = entityTags(value);
  return known.length > 0 ? known : [value.trim()];
};

/** What is no date is no condition (RFC 9110 section 13.1.3). */
const date = (value: string | undefined): Instant | undefined => {
  const at = value === undefined ? Number.NaN : Date.parse(value);
  return Number.isNaN(at) ? undefined : instant(at);
};

/** The conditions of a reader; those of a copy have a prefix. */
export const conditionsOf = (header: Header, prefix = ''): Conditions => ({
  ifMatch: tags(header(`${prefix}if-match`)),
  ifNoneMatch: tags(header(`${prefix}if-none-match`)),
  ifModifiedSince: date(header(`${prefix}if-modified-since`)),
  ifUnmodifiedSince: date(header(`${prefix}if-unmodified-since`)),
});

/** Those of a writer: S3 knows no others. */
export const writeConditionsOf = (
  header: Header,
): Result<{ readonly ifMatch: string | undefined; readonly ifNoneMatch: '*' | undefined }, S3Failure> => {
  const [ifMatch, secondMatch] = tags(header('if-match')) ?? [];
  const ifNoneMatch = header('if-none-match')?.trim();
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
    return err(failure('not_implemented', 'If-None-Match other than * on a write.'));
  if (secondMatch !== undefined)
    return err(failure('not_implemented', 'If-Match with several etags on a write.'));
  return ok({ ifMatch, ifNoneMatch });
};
