import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Export } from '../../src/ports/fleet/providers.js';
import {
  exportOf,
  flushed,
  type GatewayHost,
  type GatewayStore,
  gatewayHost,
  gatewayStore,
  NO_RCLONE,
  rcloneHere,
  serving,
} from './support/gateways.js';
import { clientOn } from './support/webdav.js';

const rclone = await rcloneHere();
const MANY = 60_000;

describe.skipIf(!rclone)('a gateway of this host whose way to the store changes', () => {
  let store: GatewayStore;
  let host: GatewayHost;
  beforeAll(async () => {
    store = await gatewayStore();
  });
  afterAll(() => store.close());
  afterEach(() => host.close());

  const stage = async () => {
    host = await gatewayHost(rclone ?? NO_RCLONE, { ownEndpoints: () => [store.endpoint] });
    const provider = host.open();
    const bucket = await store.bucket();
    const right: Export = { ...exportOf('file-system', bucket.keys, store.endpoint), fingerprint: 'right' };
    const state = async (ref: string) => (await provider.control.health(ref))._unsafeUnwrap()[0];
    return { provider, bucket, right, state };
  };

  it('tells its owner in plain words that rights were revoked, and forgets it when they are back', async () => {
    const { provider, bucket, right, state } = await stage();
    const ref = await serving(provider, [right]);
    const client = await clientOn(provider, ref, right);
    expect(await client.put('before.txt', 'before')).toBe(201);
    await flushed(provider, ref, 'file-system');
    store.gate.refused.add(bucket.keys.bucket);
    expect(await client.put('after.txt', 'after')).toBe(201);
    await expect.poll(async () => (await state(ref))?.healthy, { timeout: MANY, interval: 200 }).toBe(false);
    const sick = await state(ref);
    expect(sick?.reason).toBe(
      'files that were written are kept and sent again: the store did not take them, it does not allow that',
    );
    expect(await client.status('before.txt')).toBe(200);
    store.gate.refused.delete(bucket.keys.bucket);
    await expect.poll(async () => (await state(ref))?.healthy, { timeout: MANY, interval: 200 }).toBe(true);
    expect(await bucket.count()).toBe(2);
    // What went wrong once is not held against what is written later.
    expect(await client.put('later.txt', 'later')).toBe(201);
    expect((await state(ref))?.healthy).toBe(true);
  });

  it('takes rotated keys, at the same address and with the same login', { timeout: 2 * MANY }, async () => {
    const { provider, bucket, right, state } = await stage();
    if (!('secretAccessKey' in right.address)) throw new Error('not a store of S3');
    const wrong: Export = {
      ...right,
      address: { ...right.address, secretAccessKey: 'a secret that is not valid any more' },
      fingerprint: 'wrong',
    };
    const ref = await serving(provider, [right]);
    const client = await clientOn(provider, ref, right);
    store.gate.refused.add(bucket.keys.bucket);
    expect(await client.put('kept.txt', 'kept')).toBe(201);
    (await provider.control.exports(ref, [wrong]))._unsafeUnwrap();
    store.gate.refused.delete(bucket.keys.bucket);
    await expect.poll(async () => (await state(ref))?.healthy, { timeout: MANY, interval: 200 }).toBe(false);
    expect(JSON.stringify(await state(ref))).not.toContain('a secret that');
    expect([(await state(ref))?.fingerprint, await bucket.count()]).toEqual(['wrong', 0]);
    (await provider.control.exports(ref, [right]))._unsafeUnwrap();
    await flushed(provider, ref, 'file-system');
    expect([(await state(ref))?.fingerprint, await bucket.count()]).toEqual(['right', 1]);
    expect(await client.put('more.txt', 'more')).toBe(201);
  });

  it('keeps the old way while it holds what the new one would take elsewhere, or not at all', async () => {
    const { provider, bucket, right, state } = await stage();
    const other = await store.bucket();
    const ref = await serving(provider, [right]);
    store.gate.refused.add(bucket.keys.bucket);
    const client = await clientOn(provider, ref, right);
    expect(await client.put('held.txt', 'held')).toBe(201);
    if (!('secretAccessKey' in right.address)) throw new Error('not a store of S3');
    const elsewhere: Export = {
      ...right,
      ...exportOf('file-system', other.keys, store.endpoint),
      password: right.password,
      fingerprint: 'elsewhere',
    };
    const nowhere: Export = {
      ...right,
      address: { ...right.address, endpoint: 'http://169.254.169.254' },
      fingerprint: 'nowhere',
    };
    for (const wanted of [elsewhere, nowhere]) {
      (await provider.control.exports(ref, [wanted]))._unsafeUnwrap();
      expect((await state(ref))?.fingerprint).toBe('right');
    }
    store.gate.refused.delete(bucket.keys.bucket);
    await flushed(provider, ref, 'file-system');
    expect([await bucket.count(), await other.count()]).toEqual([1, 0]);
    (await provider.control.exports(ref, [elsewhere]))._unsafeUnwrap();
    expect((await state(ref))?.fingerprint).toBe('elsewhere');
    expect(await client.put('there.txt', 'there')).toBe(201);
    await flushed(provider, ref, 'file-system');
    expect([await bucket.count(), await other.count()]).toEqual([1, 1]);
  });
});
