import { ok, type Result, safeTry } from 'neverthrow';
import { utf8Length } from '../shared/text.js';
import { type ConnectionAddress, type Provider, signingRegion } from './connection.js';
import { gcpCredentials } from './gcp-credentials.js';
import { type Prefix, prefix } from './object-key.js';
import { agreed, given, type InvalidConnection, refuse, type Told, told } from './told.js';

/** A connection as it is asked for. What is empty counts as not given. */
export type ConnectionRequest = {
  readonly provider: Provider;
  readonly uri: string;
  readonly region: string;
  readonly access_key_id?: string | undefined;
  readonly secret_access_key?: string | undefined;
  readonly s3_spec?:
    | {
        readonly bucket_name?: string | undefined;
        readonly region?: string | undefined;
        readonly endpoint?: string | undefined;
        readonly access_key_id?: string | undefined;
        readonly secret_access_key?: string | undefined;
      }
    | undefined;
  readonly gcp_spec?:
    | {
        readonly bucket_name?: string | undefined;
        readonly region?: string | undefined;
        readonly service_account_json?: string | undefined;
      }
    | undefined;
};

/** `secret` is an access key's secret, or with gcp a private key in PEM. */
export type ConnectionDraft = { readonly address: ConnectionAddress; readonly secret: string };

/** Leaves every connection room for keys of its own: a store's keys have 1024 bytes. */
const MAX_JAIL_BYTES = 768;
// Wider than any one provider's rule, for the bucket is there already; nothing that a URL would read otherwise.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,220}[A-Za-z0-9]$/;
const SCHEME = { aws: 's3://', s3compat: 's3://', gcp: 'gs://' } as const satisfies Record<Provider, string>;
const REGION = {
  aws: /^[a-z]{2,5}(-[a-z]+)+-\d{1,2}$/,
  gcp: /^([a-z]+-[a-z]+\d{1,2}|[A-Za-z]{2,4}\d?)$/,
  s3compat: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
} as const satisfies Record<Provider, RegExp>;
// Both go into a request's headers: no white space, no control character, and no mark that divides the header.
const KEY_ID = /^[\x21-\x2b\x2d\x2e\x30-\x7e]{1,256}$/;
const SECRET = /^[\x21-\x7e]{1,1024}$/;

type Where = { readonly bucketName: string; readonly jail: Prefix };

/** `s3://bucket/prefix`, or with gcp `gs://bucket/prefix`: taken letter by letter, nothing is decoded. */
const located = (provider: Provider, uri: string): Result<Where, InvalidConnection> => {
  const scheme = SCHEME[provider];
  if (!uri.startsWith(scheme)) return refuse('uri', `must begin with ${scheme}`);
  const [bucketName = '', ...segments] = uri.slice(scheme.length).split('/');
  if (!BUCKET.test(bucketName) || bucketName.includes('..'))
    return refuse('uri', 'must name a bucket of 3 to 222 letters, digits, dots, hyphens and underscores');
  return jailOf(segments.join('/')).map((jail) => ({ bucketName, jail }));
};

const jailOf = (below: string): Result<Prefix, InvalidConnection> => {
  const text = below === '' || below.endsWith('/') ? below : `${below}/`;
  if (utf8Length(text) > MAX_JAIL_BYTES)
    return refuse('uri', `must have at most ${MAX_JAIL_BYTES} bytes of prefix`);
  // Whoever reads the prefix as a path takes the segment for nothing, and so shows what lies beside the jail.
  if (/^\/|\/\//.test(text)) return refuse('uri', 'must not have an empty segment in its prefix');
  return prefix(text, 'uri').mapErr(({ reason }) => ({ kind: 'invalid_connection', field: 'uri', reason }));
};

const specOf = ({ provider, s3_spec, gcp_spec }: ConnectionRequest) =>
  provider === 'gcp'
    ? { name: 'gcp_spec', spec: gcp_spec, otherName: 's3_spec', other: s3_spec }
    : { name: 's3_spec', spec: s3_spec, otherName: 'gcp_spec', other: gcp_spec };

/** Bucket and region may be told twice, in the spec too, as long as both say the same. */
const commonOf = (request: ConnectionRequest): Result<Where, InvalidConnection> =>
  safeTry(function* () {
    const { provider, uri } = request;
    const { name, spec, otherName, other } = specOf(request);
    if (Object.values(other ?? {}).some((value) => given(value) !== undefined))
      return refuse(otherName, `is not for the provider "${provider}"`);
    const where = yield* located(provider, uri);
    if ((given(spec?.bucket_name) ?? where.bucketName) !== where.bucketName)
      return refuse(`${name}.bucket_name`, 'is another bucket than that of the uri');
    yield* regionOf(request, { field: `${name}.region`, value: spec?.region });
    return ok(where);
  });

const regionOf = (
  { provider, region }: ConnectionRequest,
  again: Told,
): Result<string, InvalidConnection> => {
  const plain = signingRegion({ provider, region });
  if (!REGION[provider].test(plain)) return refuse('region', `is no region of the provider "${provider}"`);
  const same = signingRegion({ provider, region: given(again.value) ?? region }) === plain;
  return same ? ok(plain) : refuse(again.field, 'is another region than that beside it');
};

const keyPair = (request: ConnectionRequest): Result<{ id: string; secret: string }, InvalidConnection> =>
  safeTry(function* () {
    const both = (name: 'access_key_id' | 'secret_access_key'): readonly [Told, Told] => [
      { field: name, value: request[name] },
      { field: `s3_spec.${name}`, value: request.s3_spec?.[name] },
    ];
    const id = yield* agreed(...both('access_key_id')).andThen(told('access_key_id', KEY_ID));
    const secret = yield* agreed(...both('secret_access_key')).andThen(told('secret_access_key', SECRET));
    return ok({ id, secret });
  });

const s3Draft = (request: ConnectionRequest, where: Where): Result<ConnectionDraft, InvalidConnection> =>
  safeTry(function* () {
    const { provider, uri, region, s3_spec } = request;
    const endpoint = given(s3_spec?.endpoint);
    if (provider === 's3compat' && endpoint === undefined)
      return refuse('s3_spec.endpoint', 'is needed: S3-compatible stores are everywhere');
    const { id, secret } = yield* keyPair(request);
    return ok({ address: { provider, uri, region, ...where, endpoint, accessKeyId: id }, secret });
  });

const gcpDraft = (request: ConnectionRequest, where: Where): Result<ConnectionDraft, InvalidConnection> =>
  gcpCredentials({
    clientEmail: { field: 'access_key_id', value: request.access_key_id },
    privateKey: { field: 'secret_access_key', value: request.secret_access_key },
    json: { field: 'gcp_spec.service_account_json', value: request.gcp_spec?.service_account_json },
  }).map(({ clientEmail, privateKey, projectId }) => {
    const { uri, region } = request;
    return {
      address: { provider: 'gcp', uri, region, ...where, accessKeyId: clientEmail, projectId },
      secret: privateKey,
    };
  });

/** What was asked for, judged: the first field that cannot be accepted is named. Where an endpoint leads is judged elsewhere. */
export const connectionDraft = (request: ConnectionRequest): Result<ConnectionDraft, InvalidConnection> =>
  commonOf(request).andThen((where) =>
    request.provider === 'gcp' ? gcpDraft(request, where) : s3Draft(request, where),
  );
