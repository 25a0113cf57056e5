import { failure, type S3Failure } from './errors.js';
import type { S3Request } from './request.js';

/** What these ask for is not done here, and must not seem to be. */
const NOT_SERVED = [
  'x-amz-server-side-encryption',
  'x-amz-copy-source-server-side-encryption',
  'x-amz-tagging',
  'x-amz-object-lock-',
  'x-amz-grant-',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
  'x-amz-expected-bucket-owner',
  'x-amz-source-expected-bucket-owner',
  'x-amz-if-match-',
  'x-amz-mfa',
  'x-amz-bypass-governance-retention',
];
/** Those that give the bucket's key what it has anyway. */
const ACLS = ['private', 'bucket-owner-full-control'];

/** The first header that asks for something nobody here does. */
export const refusedHeader = ({ header, headerNames, method }: S3Request): S3Failure | undefined => {
  const name = headerNames.find((one) => NOT_SERVED.some((beginning) => one.startsWith(beginning)));
  if (name !== undefined) return failure('not_implemented', `Header ${name}.`);
  if (!ACLS.includes(header('x-amz-acl') ?? 'private'))
    return failure('not_implemented', 'ACLs other than private.');
  if ((header('x-amz-storage-class') ?? 'STANDARD') !== 'STANDARD') return failure('invalid_storage_class');
  return method === 'DELETE' && header('if-match') !== undefined
    ? failure('not_implemented', 'If-Match on a deletion.')
    : undefined;
};
