import type { Dialect, Failure } from '../kit/dialect.js';
import { document, element } from './xml.js';

type Told = { readonly status: number; readonly code: string; readonly message: string };
const told = (status: number, code: string, message: string): Told => ({ status, code, message });

/** What each kind of failure is in S3. One that is not here does not compile where an operation may give it. */
export const ERRORS = {
  access_denied: told(403, 'AccessDenied', 'Access Denied'),
  anonymous: told(403, 'AccessDenied', 'Requests must be signed.'),
  other_bucket: told(403, 'AccessDenied', 'This access key opens another bucket.'),
  unknown_access_key: told(403, 'InvalidAccessKeyId', 'No bucket has this access key.'),
  signature_mismatch: told(403, 'SignatureDoesNotMatch', 'The signature is not that of this request.'),
  request_expired: told(403, 'AccessDenied', 'Request has expired'),
  clock_skew: told(
    403,
    'RequestTimeTooSkewed',
    'The time of the request is too far from that of the server.',
  ),
  malformed_authorization: told(
    400,
    'AuthorizationHeaderMalformed',
    'The Authorization header is malformed.',
  ),
  malformed_presigning: told(
    400,
    'AuthorizationQueryParametersError',
    'The signing parameters are malformed.',
  ),
  other_mechanism: told(400, 'InvalidRequest', 'Please use AWS4-HMAC-SHA256.'),
  session_token: told(400, 'InvalidToken', 'There are no session tokens here.'),
  rate_limited: told(503, 'SlowDown', 'Please reduce your request rate.'),
  unavailable: told(503, 'ServiceUnavailable', 'Please try again.'),
  bucket_not_active: told(503, 'ServiceUnavailable', 'The bucket is not ready.'),
  internal: told(
    500,
    'InternalError',
    'Something went wrong on our side; quote the RequestId of this reply.',
  ),
  not_implemented: told(501, 'NotImplemented', 'This is not implemented.'),
  bucket_is_yours: told(409, 'BucketAlreadyOwnedByYou', 'The bucket is there, and yours.'),
  bucket_missing: told(404, 'NoSuchBucket', 'The bucket does not exist.'),
  not_found: told(404, 'NoSuchKey', 'The object does not exist.'),
  upload_missing: told(404, 'NoSuchUpload', 'There is no such upload: completed, aborted, or never begun.'),
  no_policy: told(404, 'NoSuchBucketPolicy', 'The bucket has no policy.'),
  invalid_uri: told(400, 'InvalidURI', 'The address cannot be read.'),
  invalid_key: told(400, 'InvalidArgument', 'The key cannot be accepted.'),
  key_too_long: told(400, 'KeyTooLongError', 'A key may have at most 1024 bytes.'),
  invalid_argument: told(400, 'InvalidArgument', 'An argument cannot be accepted.'),
  invalid_request: told(400, 'InvalidRequest', 'The request cannot be accepted.'),
  invalid_storage_class: told(400, 'InvalidStorageClass', 'There is STANDARD storage only.'),
  metadata_too_large: told(400, 'MetadataTooLarge', 'Metadata may have at most 2 KiB in all.'),
  copy_to_itself: told(400, 'InvalidRequest', 'A copy onto itself must replace the metadata.'),
  invalid_page_token: told(400, 'InvalidArgument', 'The continuation token is not one of this list.'),
  malformed_xml: told(400, 'MalformedXML', 'The document is not what this operation takes.'),
  invalid_part: told(400, 'InvalidPart', 'A part is not there, or is another version.'),
  part_order: told(400, 'InvalidPartOrder', 'Parts must be in ascending order.'),
  object_too_large: told(400, 'EntityTooLarge', 'This is larger than an object may be.'),
  missing_length: told(411, 'MissingContentLength', 'The length of the body must be announced.'),
  body_mismatch: told(400, 'IncompleteBody', 'The body has not the announced length.'),
  malformed_chunks: told(400, 'InvalidRequest', 'The body is not framed as aws-chunked.'),
  slow_sender: told(400, 'RequestTimeout', 'The body came too slowly.'),
  invalid_digest: told(400, 'InvalidDigest', 'Content-MD5 is not an MD5 in base64.'),
  checksum_mismatch: told(400, 'BadDigest', 'The body is not what its checksum tells of.'),
  sha256_mismatch: told(
    400,
    'XAmzContentSHA256Mismatch',
    'The body is not what x-amz-content-sha256 tells of.',
  ),
  storage_quota_exceeded: told(507, 'QuotaExceeded', 'The project has no room left within its quota.'),
  store_full: told(507, 'InsufficientStorage', 'The store has no room left.'),
  store_denied: told(403, 'AccessDenied', 'The store itself refuses this.'),
  precondition_failed: told(412, 'PreconditionFailed', 'A condition of the request does not hold.'),
  range_unsatisfiable: told(416, 'InvalidRange', 'The range lies outside the object.'),
} as const satisfies Record<string, Told>;

export type FailureKind = keyof typeof ERRORS;
/** A failure that has a name in S3; a reason is told to the client. */
export type S3Failure = {
  readonly kind: FailureKind;
  readonly reason?: string;
  /** The region that a client should have signed for: some sign anew then. */
  readonly region?: string;
};

export const failure = (kind: FailureKind, reason?: string): S3Failure =>
  reason === undefined ? { kind } : { kind, reason };

const SHA256_FIELD = 'x-amz-content-sha256';

/** What the kind alone does not tell: keys too long and signed payloads have codes of their own. */
const kindOf = (given: Failure & { readonly field?: string; readonly reason?: string }): string => {
  if (given.kind === 'checksum_mismatch' && given.field === SHA256_FIELD) return 'sha256_mismatch';
  return given.kind === 'invalid_key' && given.reason?.includes('bytes') ? 'key_too_long' : given.kind;
};

export const wordsOf = (given: Failure & { readonly reason?: string }): Told => {
  const kind = kindOf(given);
  const { status, code, message } = ERRORS[kind in ERRORS ? (kind as FailureKind) : 'internal'];
  return { status, code, message: given.reason === undefined ? message : `${message} ${given.reason}` };
};

/** Errors in S3's XML, whoever gives them. */
export const dialect: Dialect = {
  statuses: { document: 400, fields: 400 },
  word: (_status, { kind }) => kind,
  show: ({ failure: given, requestId, url }) => {
    const { status, code, message } = wordsOf(given);
    const { region }: Failure & { readonly region?: string } = given;
    const fields = {
      Code: code,
      Message: message,
      ...(region !== undefined && { Region: region }),
      Resource: url.split('?')[0] ?? '',
      RequestId: requestId,
    };
    const children = Object.entries(fields).map(([name, value]) => element(name, value));
    return {
      status,
      headers: { 'Content-Type': 'application/xml' },
      body: document(element('Error', ...children)),
    };
  },
};
