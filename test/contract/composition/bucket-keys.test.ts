import { afterEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../../support/app.js';
import { clientOf, type World, world } from '../../support/client.js';

let app: TestApp | undefined;
afterEach(() => app?.close());

const S3 = {
  MANAGED_STORE: 's3',
  MANAGED_S3_ENDPOINT: 'https://s3.example.net:9000',
  MANAGED_S3_REGION: 'local',
  MANAGED_S3_ACCESS_KEY_ID: 'AKIAOPERATOR',
  MANAGED_S3_SECRET_ACCESS_KEY: 'the secret of the operator',
};
const PAIR = { BUCKET_ACCESS_KEY_ID: 'AKIAFORALL', BUCKET_SECRET_ACCESS_KEY: 'the secret for all' };

type Shown = { endpoint?: string; access_key_id?: string; secret_access_key?: string };
const shownOf = ({ endpoint, access_key_id, secret_access_key }: Shown): Shown => ({
  ...(endpoint !== undefined && { endpoint }),
  ...(access_key_id !== undefined && { access_key_id }),
  ...(secret_access_key !== undefined && { secret_access_key }),
});

/** What the API tells of a bucket: to its maker, to each role that asks for it, and in the list. */
const told = async (environment: Record<string, string>) => {
  app = await startApp({ environment });
  const call = clientOf(app);
  const here: World = await world(app, call);
  const at = `/v1/buckets/${here.bucketId}`;
  const get = async (token: string) => shownOf((await call(`GET ${at}`, { token })).body);
  const list = `/v1/projects/${here.projectId}/buckets`;
  const json = { name: 'another', region: 'local' };
  const made = await call(`POST ${list}`, { token: here.admin.token, json });
  return {
    made: shownOf(made.body),
    owner: await get(here.owner.token),
    admin: await get(here.admin.token),
    member: await get(here.member.token),
    listed: shownOf((await call(`GET ${list}`, { token: here.owner.token })).body.items[0]),
    config: (await call('GET /v1/config')).body,
    all: made.text,
  };
};

describe('how a bucket is reached without us', () => {
  it('is at this server with the bucket’s own keys, where buckets are files here', async () => {
    const { made, owner, admin, member, listed } = await told({});
    const endpoint = 'http://localhost/s3';
    const secret = expect.stringMatching(/^\S{40}$/);
    const own = { endpoint, access_key_id: expect.stringMatching(/^TH\S{16}$/) };
    expect([made, owner]).toEqual(Array(2).fill({ ...own, secret_access_key: secret }));
    expect(admin).toEqual(owner);
    expect(member).toEqual({ endpoint, access_key_id: owner.access_key_id });
    expect(listed.endpoint).toBe(endpoint);
    expect(listed.secret_access_key).toBeUndefined();
  });

  it('is in the operator’s store with one pair for all, which admins and owners see whole and members not at all', async () => {
    const { made, owner, admin, member, listed } = await told({ ...S3, ...PAIR });
    const endpoint = 'https://s3.example.net:9000';
    const whole = {
      endpoint,
      access_key_id: 'AKIAFORALL',
      secret_access_key: 'the secret for all',
    };
    expect([made, owner, admin]).toEqual([whole, whole, whole]);
    expect([member, listed]).toEqual([{ endpoint }, { endpoint }]);
  });

  it('is in the operator’s store without keys, where no pair is configured', async () => {
    const { made, owner, admin, member, listed, all } = await told(S3);
    expect([made, owner, admin, member, listed]).toEqual(
      Array(5).fill({ endpoint: 'https://s3.example.net:9000' }),
    );
    expect(all).not.toContain('OPERATOR');
  });
});

describe('GET /v1/config', () => {
  it('names the region of managed buckets, every provider that connections may lead to, and who runs gateways', async () => {
    const { config } = await told(S3);
    expect(config.providers).toEqual([
      {
        name: 'managed',
        display_name: 'Managed storage',
        regions: [{ name: 'local', display_name: 'local' }],
      },
      { name: 'aws', display_name: 'Amazon Web Services', regions: [] },
      { name: 'gcp', display_name: 'Google Cloud', regions: [] },
      { name: 's3compat', display_name: 'S3-compatible storage', regions: [] },
      { name: 'local', display_name: 'This host', regions: [{ name: 'local', display_name: 'local' }] },
    ]);
  });
});
