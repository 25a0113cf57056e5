import { expect, it } from 'vitest';
import type { Right } from '../../../src/adapters/memory/storage/foreign-stores.js';
import type { Prefix } from '../../../src/domain/storage/object-key.js';
import type { ObjectStore } from '../../../src/ports/storage/object-store.js';
import { connectionJson } from '../../support/client.js';
import { ALL, checksOf, KEYS, oksOf, statusOf, storeChanged, verify } from './connections-verify.rig.js';
import type { Open } from './rig.js';

/** What a verification finds out, as those who ask for it and those who look at the connection see it. */
export const connectionsVerifyScenarios = (open: Open, answered: Set<string>) => {
  const withStore = storeChanged(open, answered);

  it('tries all five rights, says so in their order, and leaves nothing behind', async () => {
    const touched: string[] = [];
    const { client, there, keys, close } = await withStore((store) => ({
      put: (bucket, key, ...rest) => {
        touched.push(key);
        return store.put(bucket, key, ...rest);
      },
      list: (bucket, request) => {
        touched.push(request.prefix);
        return store.list(bucket, request);
      },
    }));
    for (const before of ['pending', 'verified']) {
      expect(await statusOf(client, there)).toBe(before);
      const answer = await verify(client, there);
      expect([answer.status, answer.body]).toEqual([
        200,
        { status: 'verified', checks: Object.entries(ALL).map(([name, ok]) => ({ name, ok })) },
      ]);
      expect(await statusOf(client, there)).toBe('verified');
    }
    expect(touched).toHaveLength(4);
    expect(touched.filter((key) => !key.startsWith('photos/'))).toEqual([]);
    expect(new Set(touched.filter((key) => key !== 'photos/')).size, 'a name of its own each time').toBe(2);
    expect(await keys()).toEqual(['photos/a/file.txt']);
    await close();
  });

  const lacking: readonly [string, readonly Right[], object][] = [
    ['to list', ['read', 'write', 'delete'], { ...ALL, list: false }],
    ['to write', ['list', 'read', 'delete'], { ...ALL, write: false, read: false, delete: false }],
    ['to read', ['list', 'write', 'delete'], { ...ALL, read: false }],
    ['of any kind', [], { credentials: false, list: false, read: false, write: false, delete: false }],
  ];
  it.each(lacking)('tells which right is lacking: %s', async (_right, rights, expected) => {
    const { other, client, there, keys, close } = await withStore();
    other.strangers.s3.admit(KEYS, rights);
    const answer = await verify(client, there);
    expect([answer.status, answer.body.status, oksOf(answer)]).toEqual([200, 'failed', expected]);
    for (const { ok, message } of checksOf(answer))
      expect(message ?? '').toMatch(ok ? /^$/ : /^the store refuses: these keys may not|^not tried/);
    expect([await statusOf(client, there), await keys()]).toEqual(['invalid', ['photos/a/file.txt']]);
    other.strangers.s3.admit(KEYS);
    expect((await verify(client, there)).body.status).toBe('verified');
    expect(await statusOf(client, there)).toBe('verified');
    await close();
  });

  it('knows keys that the store does not know', async () => {
    const { other, client, there, close } = await withStore();
    other.strangers.s3.dismiss(KEYS.id);
    const answer = await verify(client, there);
    expect(Object.values(oksOf(answer))).toEqual([false, false, false, false, false]);
    expect(checksOf(answer)[0]?.message).toBe('the store refuses: the keys are not known here');
    expect(await statusOf(client, there)).toBe('invalid');
    await close();
  });

  it('tells what it had to leave behind without the right to delete', async () => {
    const refusing = (store: ObjectStore): Partial<ObjectStore> => ({
      deleteMany: (bucket, keys) =>
        store
          .list(bucket, { prefix: '' as Prefix, limit: 1 })
          .map(() => keys.map((key) => ({ key, reason: 'AccessDenied' }))),
    });
    for (const change of [() => ({}), refusing]) {
      const { other, client, there, keys, close } = await withStore(change);
      other.strangers.s3.admit(KEYS, ['list', 'read', 'write']);
      const answer = await verify(client, there);
      expect(oksOf(answer)).toEqual({ ...ALL, delete: false });
      const [, left = ''] = await keys();
      const { message } = checksOf(answer).find(({ name }) => name === 'delete') ?? {};
      expect(left).toMatch(/^photos\/tollhouse-verify-/);
      expect(message).toMatch(/^the store refuses: (these keys may not delete|AccessDenied); /);
      expect(message).toContain(`"${left.slice('photos/'.length)}"`);
      expect(await statusOf(client, there)).toBe('invalid');
      await close();
    }
  });

  it('knows good credentials from a bucket that is not there', async () => {
    const { client, there, close } = await withStore();
    const { body } = await client(`POST /v1/projects/${there.projectId}/connections`, {
      token: there.admin.token,
      json: connectionJson('no-such-bucket'),
    });
    const answer = await verify(client, there, body.id);
    expect(oksOf(answer)).toEqual({ ...ALL, list: false, read: false, write: false, delete: false });
    expect(checksOf(answer)[1]?.message).toBe('the store has no such bucket');
    expect(await statusOf(client, there, body.id)).toBe('invalid');
    await close();
  });

  it('finds out when what is read is not what was written', async () => {
    const { client, there, keys, close } = await withStore((store) => ({
      get: (bucket, _key) => store.get(bucket, 'photos/a/file.txt' as never),
    }));
    const answer = await verify(client, there);
    expect(oksOf(answer)).toEqual({ ...ALL, read: false });
    expect(await keys()).toEqual(['photos/a/file.txt']);
    await close();
  });

  it('hinders nobody, whatever it found: the store decides at every call', async () => {
    const { other, client, there, close } = await withStore();
    other.strangers.s3.admit(KEYS, ['read']);
    await verify(client, there);
    expect(await statusOf(client, there)).toBe('invalid');
    const objects = `/v1/connections/${there.connectionId}/objects`;
    const { token } = there.member;
    const read = await client(`GET ${objects}/download?key=a/file.txt`, { token });
    expect([read.status, read.text]).toEqual([200, 'hello']);
    const written = await client(`PUT ${objects}?key=b`, { token, bytes: 'x' });
    expect([written.status, written.body.error.code]).toEqual([403, 'store_denied']);
    expect(written.body.error.message).toContain('these keys may not write');
    other.strangers.s3.isDown(true);
    const down = await client(`GET ${objects}`, { token });
    expect([down.status, down.headers.get('retry-after')]).toEqual([503, '1']);
    await close();
  });
};
