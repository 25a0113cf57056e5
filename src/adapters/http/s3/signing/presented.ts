import { err, ok, type Result } from 'neverthrow';
import { type Instant, instant } from '../../../../domain/shared/time.js';
import { failure, type S3Failure } from '../errors.js';
import { parameter, type Query } from '../target.js';

/** A signature and what it says it was made from. Nothing of it is proven. */
export type Presented = {
  readonly accessKeyId: string;
  /** Day and region of the signing key, as in its scope. */
  readonly day: string;
  readonly region: string;
  readonly signature: string;
  /** Names in lower case. */
  readonly signedHeaders: readonly string[];
  readonly longDate: string;
  readonly at: Instant;
  /** Seconds that a presigned address is good for. */
  readonly expires?: number | undefined;
};
export type Headers = Readonly<Record<string, string>>;

const ALGORITHM = 'AWS4-HMAC-SHA256';
const LONG_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const SIGNATURE = /^[0-9a-f]{64}$/;
const MAX_EXPIRES = 604_800;

const instantOf = (longDate: string): Instant | undefined => {
  const [, year, month, day, hour, minute, second] = LONG_DATE.exec(longDate) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : instant(at);
};

type Parts = Readonly<Record<'credential' | 'signedHeaders' | 'signature' | 'longDate', string | undefined>>;

/** The same for both ways of signing; answers what is wrong otherwise. */
const partsOf = ({ credential = '', signedHeaders = '', signature = '', longDate = '' }: Parts) => {
  const scope = credential.split('/');
  const [day = '', region = '', service, terminator] = scope.slice(-4);
  const accessKeyId = scope.slice(0, -4).join('/');
  if (accessKeyId === '' || service !== 's3' || terminator !== 'aws4_request')
    return err('The credential must be KEY/YYYYMMDD/REGION/s3/aws4_request.');
  const at = instantOf(longDate);
  if (at === undefined) return err('The date must be YYYYMMDDTHHMMSSZ.');
  if (!longDate.startsWith(`${day}T`))
    return err('The day of the credential is another than that of the date.');
  const names = signedHeaders.split(';');
  if (!names.includes('host')) return err('The header host must be signed.');
  if (!SIGNATURE.test(signature)) return err('The signature must have 64 hexadecimal digits.');
  return ok<Presented>({ accessKeyId, day, region, signature, signedHeaders: names, longDate, at });
};

const inHeader = (authorization: string, headers: Headers): Result<Presented, S3Failure> => {
  if (!authorization.startsWith(`${ALGORITHM} `)) return err(failure('other_mechanism'));
  const fields = new Map<string, string>();
  for (const field of authorization.slice(ALGORITHM.length).split(',')) {
    const [, name = '', value = ''] = /^\s*(\w+)=(.*?)\s*$/.exec(field) ?? [];
    fields.set(name, value);
  }
  return partsOf({
    credential: fields.get('Credential'),
    signedHeaders: fields.get('SignedHeaders'),
    signature: fields.get('Signature'),
    longDate: headers['x-amz-date'],
  }).mapErr((reason) => failure('malformed_authorization', reason));
};

const inQuery = (query: Query): Result<Presented, S3Failure> => {
  const expires = parameter(query, 'X-Amz-Expires') ?? '';
  if (parameter(query, 'X-Amz-Algorithm') !== ALGORITHM) return err(failure('other_mechanism'));
  const seconds = Number(expires);
  if (!/^\d{1,6}$/.test(expires) || seconds < 1 || seconds > MAX_EXPIRES)
    return err(failure('malformed_presigning', `X-Amz-Expires must be 1 to ${MAX_EXPIRES}.`));
  return partsOf({
    credential: parameter(query, 'X-Amz-Credential'),
    signedHeaders: parameter(query, 'X-Amz-SignedHeaders'),
    signature: parameter(query, 'X-Amz-Signature'),
    longDate: parameter(query, 'X-Amz-Date'),
  })
    .map((presented) => ({ ...presented, expires: seconds }))
    .mapErr((reason) => failure('malformed_presigning', reason));
};

/** What the client shows for itself, in the Authorization header or in the address. */
export const presentedBy = (headers: Headers, query: Query): Result<Presented, S3Failure> => {
  const authorization = headers['authorization'] || undefined;
  const inAddress = query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature');
  if (authorization !== undefined && inAddress)
    return err(failure('invalid_request', 'It is signed both in its header and in its address.'));
  if (query.has('X-Amz-Security-Token') || headers['x-amz-security-token'] !== undefined)
    return err(failure('session_token'));
  if (authorization !== undefined) return inHeader(authorization, headers);
  if (inAddress) return inQuery(query);
  return err(failure(query.has('AWSAccessKeyId') ? 'other_mechanism' : 'anonymous'));
};
