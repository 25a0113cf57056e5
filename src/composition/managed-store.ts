import { readFileSync } from 'node:fs';
import { err, ok, Result, safeTry } from 'neverthrow';
import * as z from 'zod';
import type { BucketKeys } from '../application/storage/reach.js';
import { type GcpCredentials, gcpCredentials } from '../domain/storage/gcp-credentials.js';
import type { StoreAddress } from '../ports/shared/store-address.js';
import { httpUrl } from './fields.js';

const word = z.string().min(1).max(256).optional();

/** Settings of the store that managed buckets live in. */
export const managedStoreSettings = {
  MANAGED_STORE: z
    .enum(['blobs', 's3', 'gcs'])
    .default('blobs')
    .describe('Where managed buckets live: in files here, in an S3 store, in Google Cloud Storage.'),
  MANAGED_S3_ENDPOINT: httpUrl
    .optional()
    .describe('Base URL of that S3 store. Absent: Amazon’s own in that region.'),
  MANAGED_S3_REGION: word.describe('Its region, which is the region of managed buckets then.'),
  MANAGED_S3_ACCESS_KEY_ID: word.describe(
    'The key by which this server makes, fills and deletes buckets there.',
  ),
  MANAGED_S3_SECRET_ACCESS_KEY: word.describe('The secret of that key.'),
  MANAGED_GCS_SERVICE_ACCOUNT: z
    .string()
    .min(1)
    .optional()
    .describe('JSON key file of a service account that may make buckets: its path, or its content.'),
  MANAGED_GCS_LOCATION: word.describe('Where in Google Cloud Storage buckets are made. Default: `US`.'),
  BUCKET_ACCESS_KEY_ID: word.describe(
    'With `s3` or `gcs`: one key for all managed buckets, shown to admins and owners of every project.',
  ),
  BUCKET_SECRET_ACCESS_KEY: word.describe('The secret of that key, shown with it.'),
};
type Settings = z.output<z.ZodObject<typeof managedStoreSettings>>;

type S3Address = Exclude<StoreAddress, { readonly provider: 'gcp' }>;
type GcpAddress = Extract<StoreAddress, { readonly provider: 'gcp' }>;
export type ManagedStore =
  | { readonly kind: 'blobs' }
  | { readonly kind: 's3'; readonly address: S3Address }
  | { readonly kind: 'gcs'; readonly address: GcpAddress; readonly location: string };
/** `region` and `endpoint` are as clients see them; the embedded store has those of this server. */
export type Managed = {
  readonly store: ManagedStore;
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly keys: BucketKeys;
};

type Problems = readonly string[];

/** A setting that does nothing is a mistake somebody should hear of. */
const idle = (settings: Settings): Problems =>
  Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .flatMap(([name]) => {
      const [, store] = /^MANAGED_(S3|GCS)_/.exec(name) ?? [];
      const { MANAGED_STORE: chosen } = settings;
      if (store !== undefined && store.toLowerCase() !== chosen)
        return [`${name} is set, but MANAGED_STORE is ${chosen}.`];
      return name.startsWith('BUCKET_') && chosen === 'blobs'
        ? [`${name} is set, but with MANAGED_STORE=blobs each bucket has a key of its own.`]
        : [];
    });

/** The values of settings that must be there, or a line for each that is not. */
const needed = <Name extends keyof Settings>(
  settings: Settings,
  names: readonly Name[],
  why: string,
): Result<Readonly<Record<Name, string>>, Problems> => {
  const missing = names.filter((name) => settings[name] === undefined);
  return missing.length > 0
    ? err(missing.map((name) => `${name} is missing: ${why}.`))
    : ok(Object.fromEntries(names.map((name) => [name, String(settings[name])])) as Record<Name, string>);
};

const keysOf = (settings: Settings): Result<BucketKeys, Problems> => {
  const names = ['BUCKET_ACCESS_KEY_ID', 'BUCKET_SECRET_ACCESS_KEY'] as const;
  if (names.every((name) => settings[name] === undefined)) return ok('none');
  return needed(settings, names, 'a key is of no use without its other half').map((pair) => ({
    accessKeyId: pair.BUCKET_ACCESS_KEY_ID,
    secretAccessKey: pair.BUCKET_SECRET_ACCESS_KEY,
  }));
};

const amazon = (region: string): string =>
  `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;

const S3_NAMES = ['MANAGED_S3_REGION', 'MANAGED_S3_ACCESS_KEY_ID', 'MANAGED_S3_SECRET_ACCESS_KEY'] as const;

const s3Of = (settings: Settings): Result<Omit<Managed, 'keys'>, Problems> =>
  needed(settings, S3_NAMES, 'MANAGED_STORE=s3 needs it').map((given) => {
    const { MANAGED_S3_ENDPOINT: endpoint } = settings;
    const address: S3Address = {
      provider: endpoint === undefined ? 'aws' : 's3compat',
      region: given.MANAGED_S3_REGION,
      endpoint,
      accessKeyId: given.MANAGED_S3_ACCESS_KEY_ID,
      secretAccessKey: given.MANAGED_S3_SECRET_ACCESS_KEY,
    };
    const { region } = address;
    return { store: { kind: 's3', address }, region, endpoint: endpoint ?? amazon(region) };
  });

const ACCOUNT = 'MANAGED_GCS_SERVICE_ACCOUNT';
const contentOf = Result.fromThrowable(
  (text: string) => (text.trimStart().startsWith('{') ? text : readFileSync(text, 'utf8')),
  (): Problems => [`${ACCOUNT} is wrong: there is no such file that can be read.`],
);

const accountOf = (text: string): Result<GcpCredentials, Problems> =>
  contentOf(text).andThen((value) =>
    gcpCredentials({
      clientEmail: { field: ACCOUNT },
      privateKey: { field: ACCOUNT },
      json: { field: ACCOUNT, value },
    }).mapErr(({ reason }): Problems => [`${ACCOUNT} is wrong: it ${reason}.`]),
  );

const gcsOf = (settings: Settings): Result<Omit<Managed, 'keys'>, Problems> =>
  safeTry(function* () {
    const given = yield* needed(settings, [ACCOUNT], 'MANAGED_STORE=gcs needs it');
    const account = yield* accountOf(given[ACCOUNT]);
    const { MANAGED_GCS_LOCATION: location = 'US' } = settings;
    const address: GcpAddress = { provider: 'gcp', ...account };
    const endpoint = 'https://storage.googleapis.com';
    return ok({ store: { kind: 'gcs', address, location }, region: location, endpoint });
  });

/** The store that is configured, or a line for each setting that keeps it from being one. */
export const managedOf = (settings: Settings): Result<Managed, Problems> => {
  const unused = idle(settings);
  if (unused.length > 0) return err(unused);
  const { MANAGED_STORE } = settings;
  if (MANAGED_STORE === 'blobs') return ok({ store: { kind: 'blobs' }, keys: 'own' });
  const [store, keys] = [MANAGED_STORE === 's3' ? s3Of(settings) : gcsOf(settings), keysOf(settings)];
  return Result.combineWithAllErrors([store, keys])
    .mapErr((problems) => problems.flat())
    .andThen(() => store.andThen((managed) => keys.map((given) => ({ ...managed, keys: given }))));
};
