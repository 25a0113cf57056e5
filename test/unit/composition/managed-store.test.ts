import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../src/composition/config.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tollhouse-managed-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = (environment: Record<string, string>) =>
  readConfig({ TOLLHOUSE_DATA_DIR: directory, ...environment });
/** The lines that a person reads. */
const problems = (environment: Record<string, string>): readonly string[] => {
  try {
    read(environment);
    return [];
  } catch (problem) {
    expect(problem).toBeInstanceOf(ConfigError);
    return (problem as ConfigError).message.split('\n');
  }
};

const S3 = {
  MANAGED_STORE: 's3',
  MANAGED_S3_REGION: 'eu-central-1',
  MANAGED_S3_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  MANAGED_S3_SECRET_ACCESS_KEY: 'the secret of the operator',
};
const PAIR = { BUCKET_ACCESS_KEY_ID: 'AKIAFORALL', BUCKET_SECRET_ACCESS_KEY: 'the secret for all' };
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const account = (over: object = {}) =>
  JSON.stringify({
    type: 'service_account',
    client_email: 'robot@project-1.iam.gserviceaccount.com',
    private_key: PEM,
    project_id: 'project-1',
    ...over,
  });

describe('managed buckets', () => {
  it('live in files here, each with a key of its own, unless something else is said', () => {
    expect(read({}).managed).toEqual({ store: { kind: 'blobs' }, keys: 'own' });
  });

  it('live in Amazon’s S3 when no other endpoint is named', () => {
    const address = {
      provider: 'aws',
      region: 'eu-central-1',
      endpoint: undefined,
      accessKeyId: 'AKIAEXAMPLE',
      secretAccessKey: 'the secret of the operator',
    };
    expect(read(S3).managed).toEqual({
      store: { kind: 's3', address },
      region: 'eu-central-1',
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
      keys: 'none',
    });
    expect(read({ ...S3, MANAGED_S3_REGION: 'cn-north-1' }).managed.endpoint).toBe(
      'https://s3.cn-north-1.amazonaws.com.cn',
    );
  });

  it('live in a store that speaks S3 anywhere, be it next door', () => {
    const { store, endpoint, keys } = read({
      ...S3,
      ...PAIR,
      MANAGED_S3_ENDPOINT: 'http://10.0.0.8:9000/',
    }).managed;
    expect(store).toMatchObject({ address: { provider: 's3compat', endpoint: 'http://10.0.0.8:9000' } });
    expect(endpoint).toBe('http://10.0.0.8:9000');
    expect(keys).toEqual({ accessKeyId: 'AKIAFORALL', secretAccessKey: 'the secret for all' });
  });

  it('live in Google’s store by a service account, whose key file is named or given', () => {
    const path = join(directory, 'account.json');
    writeFileSync(path, account());
    const expected = {
      store: {
        kind: 'gcs',
        location: 'US',
        address: {
          provider: 'gcp',
          clientEmail: 'robot@project-1.iam.gserviceaccount.com',
          privateKey: PEM,
          projectId: 'project-1',
        },
      },
      region: 'US',
      endpoint: 'https://storage.googleapis.com',
      keys: 'none',
    };
    for (const given of [path, account(), `\n ${account()}`])
      expect(read({ MANAGED_STORE: 'gcs', MANAGED_GCS_SERVICE_ACCOUNT: given }).managed).toEqual(expected);
    const there = { MANAGED_GCS_SERVICE_ACCOUNT: path, MANAGED_GCS_LOCATION: 'EUROPE-WEST1' };
    expect(read({ MANAGED_STORE: 'gcs', ...there }).managed).toMatchObject({
      store: { location: 'EUROPE-WEST1' },
      region: 'EUROPE-WEST1',
    });
  });

  it('need all that their store needs: each setting that is missing is named', () => {
    expect(problems({ MANAGED_STORE: 's3', BUCKET_ACCESS_KEY_ID: 'AKIA' })).toEqual([
      'MANAGED_S3_REGION is missing: MANAGED_STORE=s3 needs it.',
      'MANAGED_S3_ACCESS_KEY_ID is missing: MANAGED_STORE=s3 needs it.',
      'MANAGED_S3_SECRET_ACCESS_KEY is missing: MANAGED_STORE=s3 needs it.',
      'BUCKET_SECRET_ACCESS_KEY is missing: a key is of no use without its other half.',
    ]);
    expect(problems({ MANAGED_STORE: 'gcs' })).toEqual([
      'MANAGED_GCS_SERVICE_ACCOUNT is missing: MANAGED_STORE=gcs needs it.',
    ]);
    expect(problems({ ...S3, BUCKET_SECRET_ACCESS_KEY: 'half' })).toHaveLength(1);
  });

  it('are missed together with what else a live process needs', () => {
    const said = problems({ NODE_ENV: 'production', MANAGED_STORE: 'gcs' }).join('\n');
    for (const name of ['DATABASE_URL', 'SMTP_URL', 'MANAGED_GCS_SERVICE_ACCOUNT'])
      expect(said).toContain(name);
  });

  it('take no setting that would do nothing', () => {
    const { MANAGED_STORE: _, ...given } = S3;
    expect(problems(given)).toEqual([
      'MANAGED_S3_REGION is set, but MANAGED_STORE is blobs.',
      'MANAGED_S3_ACCESS_KEY_ID is set, but MANAGED_STORE is blobs.',
      'MANAGED_S3_SECRET_ACCESS_KEY is set, but MANAGED_STORE is blobs.',
    ]);
    expect(problems({ ...S3, MANAGED_GCS_LOCATION: 'US' })).toEqual([
      'MANAGED_GCS_LOCATION is set, but MANAGED_STORE is s3.',
    ]);
    expect(problems(PAIR)).toHaveLength(2);
  });

  it('take no key file that would read other files or ask other servers, and repeat none of it', () => {
    const wrong = {
      'must be of type "service_account"': account({ type: 'external_account' }),
      'has no usable private_key': account({ private_key: 'a private thing' }),
      'must be the JSON key file of a service account': '{ "private_key": "a private thing"',
      'there is no such file that can be read': join(directory, 'a private thing'),
    };
    for (const [reason, MANAGED_GCS_SERVICE_ACCOUNT] of Object.entries(wrong)) {
      const said = problems({ MANAGED_STORE: 'gcs', MANAGED_GCS_SERVICE_ACCOUNT });
      expect(said).toEqual([expect.stringContaining(reason)]);
      expect(said.join()).not.toContain('a private thing');
    }
  });
});

describe('where connections may lead', () => {
  it('is the public internet, and networks that are named one by one', () => {
    expect(read({}).OUTBOUND_ALLOW).toEqual([]);
    expect(read({ OUTBOUND_ALLOW: '127.0.0.1, 10.0.0.0/8' }).OUTBOUND_ALLOW).toHaveLength(2);
    expect(problems({ OUTBOUND_ALLOW: '10.0.0.0/8,minio' })).toEqual([
      'OUTBOUND_ALLOW is wrong: "minio" is neither an address nor a network.',
    ]);
  });
});
