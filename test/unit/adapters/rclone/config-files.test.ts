import { describe, expect, it } from 'vitest';
import { configText, loginLine, remoteOf } from '../../../../src/adapters/rclone/config-files.js';
import type { StoreAddress } from '../../../../src/ports/shared/store-address.js';

const S3 = {
  provider: 's3compat',
  region: 'r-1',
  endpoint: 'https://s3.example.com',
  accessKeyId: 'key',
  secretAccessKey: 'a "secret" with `marks` # and = ;',
} as const satisfies StoreAddress;
const GCP = {
  provider: 'gcp',
  clientEmail: 'robot@example.com',
  privateKey: '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n',
  projectId: 'a-project',
} as const satisfies StoreAddress;

const told = (text: string, name: string): string | undefined =>
  new RegExp(`^${name} = \`(.*)\`$`, 'm').exec(text)?.[1];

describe('what rclone is told of a store', () => {
  it('is an S3 store at the place that is to be dialled', () => {
    const text = configText(S3, 'http://s3.example.com')._unsafeUnwrap();
    const names = ['type', 'provider', 'endpoint', 'access_key_id', 'secret_access_key', 'env_auth'];
    expect(names.map((name) => told(text, name))).toEqual([
      's3',
      'Other',
      'http://s3.example.com',
      'key',
      S3.secretAccessKey,
      'false',
    ]);
  });

  it('is Amazon at its own address, or Google with four fields of the key', () => {
    const aws = configText({ ...S3, provider: 'aws', endpoint: undefined }, undefined)._unsafeUnwrap();
    expect([told(aws, 'provider'), told(aws, 'endpoint')]).toEqual(['AWS', undefined]);
    const gcp = configText(GCP, undefined)._unsafeUnwrap();
    expect(told(gcp, 'type')).toBe('google cloud storage');
    expect(JSON.parse(told(gcp, 'service_account_credentials') ?? '')).toEqual({
      type: 'service_account',
      client_email: GCP.clientEmail,
      private_key: GCP.privateKey,
      project_id: 'a-project',
    });
  });

  it('never holds what would begin another line, or stand for another setting', () => {
    for (const bad of ['a\nb', 'a\r', 'a\u0000', 'a %(secret_access_key)s']) {
      expect(configText({ ...S3, secretAccessKey: bad }, undefined)._unsafeUnwrapErr()).toEqual({
        kind: 'unwritable',
        what: 'its secret access key',
      });
      expect(configText({ ...S3, region: bad }, undefined).isErr()).toBe(true);
      expect(remoteOf({ bucket: 'bucket', prefix: `${bad}/` }).isErr()).toBe(true);
    }
  });

  it('names the objects by bucket and prefix', () => {
    expect(remoteOf({ bucket: 'bucket', prefix: '' })._unsafeUnwrap()).toBe('store:bucket/');
    expect(remoteOf({ bucket: 'bucket', prefix: 'a b/c/' })._unsafeUnwrap()).toBe('store:bucket/a b/c/');
  });

  it('names none by a prefix that rclone would read as another, which is no jail then', () => {
    const said = (prefix: string) => remoteOf({ bucket: 'bucket', prefix }).match(String, ({ what }) => what);
    for (const prefix of ['/', '//', '/p/', 'p//', 'p//q/'])
      expect([prefix, said(prefix)]).toEqual([prefix, 'a prefix with an empty segment']);
    for (const sign of ['\u2401', '\u2421', '\u201b', '\u201b\u2401'])
      expect(said(`a${sign}/`)).toBe('a prefix with a sign that stands for another character');
    for (const prefix of ['．．/', '…/', ' a /', '\\/', '%2f/'])
      expect(said(prefix)).toBe(`store:bucket/${prefix}`);
  });

  it('keeps no password, only what tells that it is the right one', () => {
    // As `htpasswd -nbs user password` has it.
    expect(loginLine('user', 'password')).toBe('user:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n');
  });
});
