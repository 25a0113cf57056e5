import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { gatewayReachOf } from '../../../src/composition/gateway-reach.js';
import { identityOf } from '../../../src/composition/identity.js';
import { providersOf } from '../../../src/composition/providers.js';

const folders: string[] = [];
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'identity-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true });
});

describe('who this host is', () => {
  it('is made up once, and kept for its owner alone', () => {
    const dataDir = join(folder(), 'data');
    const none = { HOST_ID: undefined, DEPLOYMENT_ID: undefined, dataDir };
    const first = identityOf(none);
    expect(identityOf(none)).toEqual(first);
    expect(first.hostId).not.toBe(first.deploymentId);
    expect(readFileSync(join(dataDir, 'host-id'), 'utf8')).toBe(first.hostId);
    expect(statSync(join(dataDir, 'deployment-id')).mode & 0o777).toBe(0o600);
    expect(identityOf({ ...none, dataDir: folder() })).not.toEqual(first);
  });

  it('is what the settings say, and nothing is kept then', () => {
    const dataDir = folder();
    expect(identityOf({ HOST_ID: 'one', DEPLOYMENT_ID: 'ours', dataDir })).toEqual({
      hostId: 'one',
      deploymentId: 'ours',
    });
    expect(() => statSync(join(dataDir, 'host-id'))).toThrow();
  });
});

describe('how gateways come to managed buckets', () => {
  const blobs = { store: { kind: 'blobs' }, keys: 'own' } as const;
  const own = (HOST: string, port = 8080) => {
    const reach = gatewayReachOf({ managed: blobs, HOST }, () => port);
    return 'own' in reach ? reach.own() : undefined;
  };

  it('is this server, as its own host reaches it', () => {
    expect(own('127.0.0.1')).toBe('http://127.0.0.1:8080/s3');
    expect(own('localhost', 1)).toBe('http://127.0.0.1:1/s3');
    expect(own('0.0.0.0')).toBe('http://127.0.0.1:8080/s3');
    expect(own('::')).toBe('http://127.0.0.1:8080/s3');
    expect(own('::1')).toBe('http://[::1]:8080/s3');
    expect(own('10.0.0.7')).toBe('http://10.0.0.7:8080/s3');
  });

  const address = {
    provider: 's3compat',
    region: 'here',
    endpoint: 'https://store',
    accessKeyId: 'a',
    secretAccessKey: 'b',
  } as const;
  it('is the operator’s store: with the pair for all buckets where there is one, else with the server’s own', () => {
    const managed = { store: { kind: 's3', address }, keys: 'none' } as const;
    const pair = { accessKeyId: 'c', secretAccessKey: 'd' };
    expect(gatewayReachOf({ managed, HOST: '::' }, () => 1)).toEqual({ store: address });
    expect(gatewayReachOf({ managed: { ...managed, keys: pair }, HOST: '::' }, () => 1)).toEqual({
      store: { ...address, ...pair },
    });
  });
});

describe('providers that do not work here', () => {
  it('say what they would need', () => {
    const providers = providersOf([], { local: 'install rclone 1.60' });
    expect(providers.offers()).toEqual([]);
    expect(providers.get('local')).toMatchObject({
      kind: 'provider_not_configured',
      hint: 'install rclone 1.60',
    });
    expect(providersOf([]).get('local')).toMatchObject({ hint: expect.stringContaining('rclone') });
    expect(providers.get('aws')).toMatchObject({ provider: 'aws', hint: expect.stringContaining('EC2') });
    expect(providers.get('gcp')).toMatchObject({
      provider: 'gcp',
      hint: expect.stringContaining('Compute Engine'),
    });
  });
});
