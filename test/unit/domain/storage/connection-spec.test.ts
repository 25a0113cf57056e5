import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ConnectionRequest, connectionDraft } from '../../../../src/domain/storage/connection-spec.js';
import { CLIENT_EMAIL, keyFile, PRIVATE_KEY } from '../../../support/gcp-key-file.js';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const AWS: ConnectionRequest = {
  provider: 'aws',
  uri: 's3://their-bucket/photos',
  region: 'aws:us-east-1',
  access_key_id: 'AKIAIOSFODNN7EXAMPLE',
  secret_access_key: SECRET,
};
const COMPATIBLE: ConnectionRequest = {
  ...AWS,
  provider: 's3compat',
  region: 'auto',
  s3_spec: { endpoint: 'https://s3.example.com' },
};
const GCP: ConnectionRequest = {
  provider: 'gcp',
  uri: 'gs://their-bucket/photos',
  region: 'gcp:europe-west1',
  gcp_spec: { service_account_json: keyFile() },
};

const draft = (request: ConnectionRequest) => connectionDraft(request)._unsafeUnwrap();
const refusedField = (request: ConnectionRequest) => {
  const { kind, field, reason } = connectionDraft(request)._unsafeUnwrapErr();
  expect([kind, reason.length > 0]).toEqual(['invalid_connection', true]);
  for (const secret of [SECRET, ...PRIVATE_KEY.trim().split('\n')]) expect(reason).not.toContain(secret);
  return field;
};

describe('A connection is asked for', () => {
  it('with its credentials beside the rest, or in the spec, or in both alike', () => {
    const { access_key_id, secret_access_key, ...rest } = AWS;
    const expected = draft(AWS);
    expect(expected).toEqual({
      secret: SECRET,
      address: {
        provider: 'aws',
        uri: 's3://their-bucket/photos',
        region: 'aws:us-east-1',
        bucketName: 'their-bucket',
        jail: 'photos/',
        endpoint: undefined,
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
      },
    });
    const spec = { access_key_id, secret_access_key };
    expect(draft({ ...rest, s3_spec: spec })).toEqual(expected);
    expect(draft({ ...AWS, s3_spec: spec })).toEqual(expected);
    expect(draft({ ...AWS, s3_spec: { bucket_name: 'their-bucket', region: 'us-east-1' } })).toEqual(
      expected,
    );
    expect(draft({ ...AWS, s3_spec: { secret_access_key: '' }, gcp_spec: {} })).toEqual(expected);
  });

  it('by a service account’s key file, by its address and key, or by both alike', () => {
    const expected = {
      provider: 'gcp',
      uri: 'gs://their-bucket/photos',
      region: 'gcp:europe-west1',
      bucketName: 'their-bucket',
      jail: 'photos/',
      accessKeyId: CLIENT_EMAIL,
      projectId: 'their-project',
    };
    expect(draft(GCP)).toEqual({ address: expected, secret: PRIVATE_KEY });
    const pair = { access_key_id: CLIENT_EMAIL, secret_access_key: PRIVATE_KEY };
    expect(draft({ ...GCP, ...pair })).toEqual(draft(GCP));
    expect(draft({ ...GCP, access_key_id: '', secret_access_key: '' })).toEqual(draft(GCP));
    const { gcp_spec: _, ...rest } = GCP;
    expect(draft({ ...rest, ...pair })).toEqual({
      address: { ...expected, projectId: undefined },
      secret: PRIVATE_KEY,
    });
  });

  it('and what it says twice differently is refused by the name of the second field', () => {
    const s3 = (s3_spec: ConnectionRequest['s3_spec']) => refusedField({ ...AWS, s3_spec });
    expect(s3({ access_key_id: 'AKIAANOTHER' })).toBe('s3_spec.access_key_id');
    expect(s3({ secret_access_key: 'another' })).toBe('s3_spec.secret_access_key');
    expect(s3({ bucket_name: 'another' })).toBe('s3_spec.bucket_name');
    expect(s3({ region: 'us-east-2' })).toBe('s3_spec.region');
    const json = 'gcp_spec.service_account_json';
    expect(refusedField({ ...GCP, access_key_id: 'another@example.com' })).toBe(json);
    expect(refusedField({ ...GCP, secret_access_key: 'another' })).toBe(json);
    const inSpec = (over: object) => refusedField({ ...GCP, gcp_spec: { ...GCP.gcp_spec, ...over } });
    expect(inSpec({ bucket_name: 'another' })).toBe('gcp_spec.bucket_name');
    expect(inSpec({ region: 'us' })).toBe('gcp_spec.region');
  });

  it('and what is missing is named', () => {
    for (const missing of ['access_key_id', 'secret_access_key'] as const) {
      expect(refusedField({ ...AWS, [missing]: undefined })).toBe(missing);
      expect(refusedField({ ...AWS, [missing]: '', s3_spec: { [missing]: '' } })).toBe(missing);
    }
    expect(refusedField({ ...COMPATIBLE, s3_spec: {} })).toBe('s3_spec.endpoint');
    expect(refusedField({ ...COMPATIBLE, s3_spec: undefined })).toBe('s3_spec.endpoint');
    expect(refusedField({ ...GCP, gcp_spec: undefined })).toBe('access_key_id');
    expect(refusedField({ ...GCP, gcp_spec: undefined, access_key_id: CLIENT_EMAIL })).toBe(
      'secret_access_key',
    );
  });

  it('and the spec of another provider is no business of this one', () => {
    expect(refusedField({ ...AWS, gcp_spec: { region: 'us' } })).toBe('gcp_spec');
    expect(refusedField({ ...COMPATIBLE, gcp_spec: { service_account_json: '{}' } })).toBe('gcp_spec');
    expect(refusedField({ ...GCP, s3_spec: { endpoint: 'https://s3.example.com' } })).toBe('s3_spec');
  });
});

describe('The uri of a connection', () => {
  const jail = (uri: string) => draft({ ...AWS, uri }).address.jail;

  it('names a bucket, and below it a jail that ends in a slash', () => {
    expect(
      ['', '/', '/p', '/p/', '/p/q', '/a b%20/é?#'].map((end) => jail(`s3://their-bucket${end}`)),
    ).toEqual(['', '', 'p/', 'p/', 'p/q/', 'a b%20/é?#/']);
  });

  it('is refused when it names no bucket, another kind of place, or a jail that is none', () => {
    for (const uri of [
      '',
      'their-bucket',
      'S3://their-bucket',
      'gs://their-bucket',
      'https://s3.example.com/their-bucket',
      's3://',
      's3:///p',
      's3://ab',
      's3://-ab',
      's3://ab-',
      's3://a..b',
      's3://user@host/p',
      's3://host:80/p',
      `s3://${'a'.repeat(223)}`,
      's3://their-bucket/../other',
      's3://their-bucket/a/./b',
      's3://their-bucket/..',
      's3://their-bucket//',
      's3://their-bucket//p',
      's3://their-bucket/p//',
      's3://their-bucket/p//q',
      's3://their-bucket/a\0b',
      's3://their-bucket/\ud800',
      `s3://their-bucket/${'é'.repeat(384)}`,
    ])
      expect([uri, refusedField({ ...AWS, uri })]).toEqual([uri, 'uri']);
    expect(jail(`s3://their-bucket/${'é'.repeat(383)}`)).toHaveLength(384);
    expect(refusedField({ ...GCP, uri: 's3://their-bucket' })).toBe('uri');
    expect(refusedField({ ...COMPATIBLE, uri: 'gs://their-bucket' })).toBe('uri');
  });
});

describe('The region of a connection', () => {
  it('is one as the provider names its own, with or without the provider before it', () => {
    for (const region of [
      'us-east-1',
      'aws:ap-southeast-2',
      'us-gov-west-1',
      'eusc-de-east-1',
      'us-iso-east-1',
    ])
      expect(draft({ ...AWS, region }).address.region).toBe(region);
    for (const region of ['auto', 's3compat:auto', 'us-east-1', 'Default', 'de-fra', '1'])
      expect(draft({ ...COMPATIBLE, region }).address.region).toBe(region);
    for (const region of ['US', 'eu', 'NAM4', 'gcp:us-central1', 'northamerica-northeast2', 'me-west1'])
      expect(draft({ ...GCP, region }).address.region).toBe(region);
  });

  it('is refused when no provider names one like that', () => {
    for (const region of [
      '',
      'aws:',
      'gcp:us-east-1',
      'moon',
      'us-east',
      'us-east-1\n',
      'us_east_1',
      'us-east-1.evil.example',
    ])
      expect([region, refusedField({ ...AWS, region })]).toEqual([region, 'region']);
    for (const region of ['', 'a b', 'a/b', 'x'.repeat(65), '-a', 'a\r\nb'])
      expect([region, refusedField({ ...COMPATIBLE, region })]).toEqual([region, 'region']);
    for (const region of ['', 'us-central-1', 'aws:us-central1', 'everywhere'])
      expect([region, refusedField({ ...GCP, region })]).toEqual([region, 'region']);
  });
});

describe('The credentials of a connection', () => {
  it('have no character that a header could not carry as it is', () => {
    for (const bad of ['a b', 'a\nb', 'é', 'a,b', 'a/b', 'x'.repeat(257)])
      expect([bad, refusedField({ ...AWS, access_key_id: bad })]).toEqual([bad, 'access_key_id']);
    for (const bad of ['a b', 'a\r\nb', 'é', 'x'.repeat(1_025)])
      expect([bad, refusedField({ ...AWS, secret_access_key: bad })]).toEqual([bad, 'secret_access_key']);
  });

  it('of a service account are those of a service account, whatever else its file says', () => {
    const field = (file: string) => refusedField({ ...GCP, gcp_spec: { service_account_json: file } });
    for (const type of [
      'external_account',
      'external_account_authorized_user',
      'impersonated_service_account',
      'authorized_user',
      'gdch_service_account',
      'Service_Account',
      undefined,
      ['service_account'],
      null,
    ])
      expect([type, field(keyFile({ type }))]).toEqual([type, 'gcp_spec.service_account_json']);
    for (const over of [
      { client_email: undefined },
      { client_email: 7 },
      { client_email: 'no address' },
      { client_email: 'a@b\r\nx' },
      { private_key: undefined },
      { private_key: { toString: 'x' } },
      { private_key: 'no key' },
      { private_key: '/etc/passwd' },
      { project_id: '' },
      { project_id: '../x' },
      { project_id: 7 },
    ])
      expect([over, field(keyFile(over))]).toEqual([over, 'gcp_spec.service_account_json']);
    for (const file of ['{', 'null', '[]', '"text"', '7', keyFile({ padding: 'x'.repeat(17_000) })])
      expect(field(file)).toBe('gcp_spec.service_account_json');
    expect(
      draft({ ...GCP, gcp_spec: { service_account_json: keyFile({ project_id: undefined }) } }).address
        .projectId,
    ).toBeUndefined();
  });

  it('of a service account take nothing from its file but who it is', () =>
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.oneof(
            fc.constantFrom(
              'token_uri',
              'auth_uri',
              'universe_domain',
              'credential_source',
              'quota_project_id',
            ),
            fc.string(),
          ),
          fc.jsonValue(),
        ),
        (more) => {
          const file = keyFile(
            Object.fromEntries(
              Object.entries(more).filter(
                ([name]) => !['type', 'client_email', 'private_key', 'project_id'].includes(name),
              ),
            ),
          );
          fc.pre(file.length < 16_000);
          expect(draft({ ...GCP, gcp_spec: { service_account_json: file } })).toEqual(draft(GCP));
        },
      ),
    ));
});
