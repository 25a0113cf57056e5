import { generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { contentOf, key, newBucket, put, putOk } from '../../../contract/ports/object-store.rig.js';
import { addressOn, gcsStoreOn } from '../../../support/gcs-server/clients.js';
import { type GcsServer, gcsServer } from '../../../support/gcs-server.js';

describe('gcs: credentials', () => {
  let own: GcsServer;
  beforeEach(async () => {
    own = await gcsServer();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await own.close();
  });
  const pemOf = (type: 'rsa' | 'ed25519') => {
    const { privateKey } =
      type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
    return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  };
  const secretOf = (pem: string) => pem.split('\n').slice(1, -2);

  it.each([
    ['another key', () => ({ privateKey: pemOf('rsa') }), 1],
    ['another account', () => ({ clientEmail: 'nobody@tollhouse-test.iam.gserviceaccount.com' }), 1],
    ['no RSA key', () => ({ privateKey: pemOf('ed25519') }), 0],
    ['no key at all', () => ({ privateKey: 'gs://not-a-key' }), 0],
  ])('is denied with %s, and tells no secret', async (_what, change, sent) => {
    const address = { ...addressOn(own), ...change() };
    const store = gcsStoreOn(own, { address });
    for (const call of [
      store.head('b', key('k')),
      put(store, 'b', 'k', 'x'),
      store.deleteMany('b', [key('k')]),
    ]) {
      const failure = (await call)._unsafeUnwrapErr();
      expect(failure.kind).toBe('store_denied');
      const told = inspect(failure, { depth: null, showHidden: true });
      for (const line of secretOf(address.privateKey)) expect(told).not.toContain(line);
    }
    // Calls at the same moment share one attempt to get a token.
    expect(own.requests.length).toBe(sent);
    expect((await store.createBucket('bucket-x'))._unsafeUnwrapErr().kind).toBe('unavailable');
  });

  it('tells neither key, nor assertion, nor token in what it says of faults', async () => {
    const store = gcsStoreOn(own);
    const bucket = await newBucket(store);
    const secrets = [...secretOf(own.serviceAccount.private_key), 'ya29.', 'eyJhbGciOi', 'Bearer'];
    own.fail(503);
    const known = (await put(store, bucket, 'k', 'x'))._unsafeUnwrapErr();
    const fresh = (await gcsStoreOn(own).head(bucket, key('k')))._unsafeUnwrapErr();
    own.recover();
    own.revokeTokens();
    const revoked = (await store.head(bucket, key('k')))._unsafeUnwrapErr();
    await own.close();
    const gone = (await store.head(bucket, key('k')))._unsafeUnwrapErr();
    expect([known, fresh, revoked, gone].map(({ kind }) => kind)).toEqual([
      'unavailable',
      'unavailable',
      'store_denied',
      'unavailable',
    ]);
    const told = inspect([known, fresh, revoked, gone], { depth: null, showHidden: true });
    for (const secret of secrets) expect(told).not.toContain(secret);
  });

  it('fetches one token for many calls, and another once that one is refused', async () => {
    const store = gcsStoreOn(own);
    expect(own.requests).toEqual([]);
    const bucket = await newBucket(store);
    await Promise.all(['a', 'b', 'c'].map((name) => putOk(store, bucket, name, name)));
    expect(own.tokensGiven()).toBe(1);
    own.revokeTokens();
    expect((await store.head(bucket, key('a')))._unsafeUnwrapErr().kind).toBe('store_denied');
    expect((await store.head(bucket, key('a'))).isOk()).toBe(true);
    expect(own.tokensGiven()).toBe(1);
  });

  it('takes nothing from its surroundings', async () => {
    const nowhere = 'http://127.0.0.1:9';
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'STORAGE_EMULATOR_HOST']) vi.stubEnv(name, nowhere);
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nonexistent/credentials.json');
    vi.stubEnv('GCE_METADATA_HOST', '127.0.0.1:9');
    vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'ambient-project');
    const store = gcsStoreOn(own);
    const bucket = await newBucket(store);
    await putOk(store, bucket, 'k', 'x');
    expect(await contentOf(store, bucket, 'k')).toBe('x');
    expect(own.requests.filter((line) => line === 'POST /token')).toHaveLength(1);
    const homeless = gcsStoreOn(own, { address: { ...addressOn(own), clientEmail: 'me@example.org' } });
    expect((await homeless.createBucket('bucket-y'))._unsafeUnwrapErr()).toMatchObject({
      cause: { message: expect.stringContaining('project') },
    });
  });
});
