import { createHash } from 'node:crypto';
import { err, ok, type Result } from 'neverthrow';
import type { Export } from '../../ports/fleet/providers.js';
import type { StoreAddress } from '../../ports/shared/store-address.js';

/** What cannot be handed to rclone. */
export type Unwritable = { readonly kind: 'unwritable'; readonly what: string };

type Lines = Readonly<Record<string, string>>;

/** Ends of lines would begin settings of a stranger's choice; `%(…)s` stands for other settings. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNWRITABLE = /[\u0000-\u001f\u007f]|%\(/;
/** rclone reads a prefix as a path: it would show what lies at the path without them. */
const EMPTY_SEGMENT = /^\/|\/\//;
/** Signs by which rclone spells other characters, or quotes such a sign: it would show what lies below those. */
const SPELLING = /[\u201b\u2400-\u2421]/;

const RESUMABLE: Lines = { chunk_size: '8Mi', upload_cutoff: '64Mi', upload_concurrency: '2' };

const s3 = (
  address: Extract<StoreAddress, { readonly accessKeyId: string }>,
  endpoint: string | undefined,
): Lines => ({
  type: 's3',
  provider: address.provider === 'aws' ? 'AWS' : 'Other',
  region: address.region,
  ...(endpoint !== undefined && { endpoint }),
  access_key_id: address.accessKeyId,
  secret_access_key: address.secretAccessKey,
  env_auth: 'false',
  force_path_style: String(endpoint !== undefined),
  no_check_bucket: 'true',
  list_version: '2',
  ...RESUMABLE,
});

/** Four fields, picked: others of a service account's file lead to files and addresses of a stranger's choice. */
const gcs = (address: Extract<StoreAddress, { readonly provider: 'gcp' }>): Lines => ({
  type: 'google cloud storage',
  service_account_credentials: JSON.stringify({
    type: 'service_account',
    client_email: address.clientEmail,
    private_key: address.privateKey,
    ...(address.projectId !== undefined && { project_id: address.projectId }),
  }),
  bucket_policy_only: 'true',
  no_check_bucket: 'true',
  chunk_size: '8Mi',
});

/** rclone's configuration for one store; `endpoint` is where this one is to be dialled. */
export const configText = (
  address: StoreAddress,
  endpoint: string | undefined,
): Result<string, Unwritable> => {
  const lines = Object.entries(address.provider === 'gcp' ? gcs(address) : s3(address, endpoint));
  const bad = lines.find(([, value]) => UNWRITABLE.test(value));
  if (bad) return err({ kind: 'unwritable', what: `its ${bad[0].replaceAll('_', ' ')}` });
  // Between these marks a value is taken as it stands, blanks and quotes included.
  return ok(['[store]', ...lines.map(([name, value]) => `${name} = \`${value}\``), ''].join('\n'));
};

/** Why rclone would show other objects than those below the prefix. */
const misreadIn = (prefix: string): string | undefined => {
  if (EMPTY_SEGMENT.test(prefix)) return 'a prefix with an empty segment';
  return SPELLING.test(prefix) ? 'a prefix with a sign that stands for another character' : undefined;
};

/** The objects that are shown, as rclone names them. Only what it names stands in the arguments of the process. */
export const remoteOf = ({
  bucket,
  prefix,
}: Pick<Export, 'bucket' | 'prefix'>): Result<string, Unwritable> => {
  const what = UNWRITABLE.test(bucket + prefix) ? 'its bucket or prefix' : misreadIn(prefix);
  return what === undefined ? ok(`store:${bucket}/${prefix}`) : err({ kind: 'unwritable', what });
};

/**
 * A line of a file of logins. The password is long and random, so its plain hash tells nothing, and costs nothing
 * at every request either.
 */
export const loginLine = (username: string, password: string): string =>
  `${username}:{SHA}${createHash('sha1').update(password).digest('base64')}\n`;

/** Tells one export from another made of other things. Lies beside the secrets it is made from. */
export const fingerprintOf = (wanted: Export, endpoint: string | undefined): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        wanted.address,
        wanted.bucket,
        wanted.prefix,
        wanted.username,
        wanted.password,
        endpoint,
      ]),
    )
    .digest('hex');
