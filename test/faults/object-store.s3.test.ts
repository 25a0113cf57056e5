import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { S3Address } from '../../src/adapters/s3/client.js';
import { s3Objects } from '../../src/adapters/s3/s3-objects.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import type { ForeignStore } from '../../src/ports/storage/foreign-stores.js';
import { readingOf } from '../contract/http/connections-secrets.rig.js';
import { objectStoreContract } from '../contract/ports/object-store.contract.js';
import { key, newBucket, pieces, prefix, put, putOk } from '../contract/ports/object-store.rig.js';
import { silentJournal, toldJournal } from '../support/journal.js';
import { NOWHERE, openUploadsIn, s3Server } from './support/s3-server.js';

const MIB = 1024 * 1024;
const server = s3Server();

const there = server ?? NOWHERE;

const ADDRESS = { provider: 's3compat', ...there } as const;
const storeAt = (address: S3Address, journal = silentJournal): ForeignStore =>
  s3Objects({ address, clock: systemClock, journal });

describe.skipIf(!server)('S3, a real server', () => {
  const shared = storeAt(ADDRESS);
  objectStoreContract(
    's3',
    async () => shared,
    { listings: 5, histories: 5 },
    { etag: 'content', meta: 'brief' },
  );

  describe('uploads of no announced length', () => {
    let store: ForeignStore;
    let bucket: string;
    let told: ReturnType<typeof toldJournal>;
    beforeEach(async () => {
      told = toldJournal();
      store = storeAt(ADDRESS, told.journal);
      bucket = await newBucket(store);
    });
    const open = async (): Promise<number> => (await openUploadsIn(there, bucket)).length;
    const megabytes = (count: number) => Array.from({ length: count }, (_, n) => Buffer.alloc(MIB, `${n} `));
    const options = { length: undefined, maxBytes: 100 * MIB };

    it('arrive in parts, are written down before the first, and crossed out after the last', async () => {
      const chunks = megabytes(40);
      (await store.put(bucket, key('large'), pieces(...chunks), options))._unsafeUnwrap();
      const stored = (await store.get(bucket, key('large')))._unsafeUnwrap();
      const came: Uint8Array[] = [];
      for await (const chunk of stored.body) came.push(chunk);
      expect(Buffer.compare(Buffer.concat(came), Buffer.concat(chunks))).toBe(0);
      expect([told.begun.length, told.ended]).toEqual([1, told.begun]);
      expect(await open()).toBe(0);
    });

    it('leave nothing open when their sender fails, leaves, or sends too much', async () => {
      const leaving = new AbortController();
      const failing = async function* () {
        yield* megabytes(35);
        throw new Error('the line went dead');
      };
      const stalling = async function* () {
        yield* megabytes(20);
        leaving.abort();
        await new Promise<never>(() => undefined);
      };
      const kinds: string[] = [];
      for (const [body, more] of [
        [failing(), {}],
        [stalling(), { signal: leaving.signal }],
        [pieces(...megabytes(40)), { maxBytes: 35 * MIB }],
      ] as const)
        kinds.push(
          (await store.put(bucket, key('k'), body, { ...options, ...more }))._unsafeUnwrapErr().kind,
        );
      expect(kinds).toEqual(['body_mismatch', 'body_mismatch', 'object_too_large']);
      expect(await open()).toBe(0);
      expect([told.begun.length, told.ended]).toEqual([3, told.begun]);
      expect((await store.list(bucket, { prefix: prefix(''), limit: 5 }))._unsafeUnwrap().entries).toEqual(
        [],
      );
    });

    it('are aborted by whoever finds them written down, once or twice', async () => {
      const upload = { bucket, key: key('k'), uploadId: 'never-begun' };
      expect((await store.abortUpload(upload)).isOk()).toBe(true);
      expect((await store.abortUpload(upload)).isOk()).toBe(true);
    });
  });

  describe('a server that does not do what it is asked', () => {
    afterEach(() => {
      vi.useRealTimers();
    });

    it('refuses a wrong secret and an unknown key, whatever is asked, without telling the secret', async () => {
      const bucket = await newBucket(shared);
      for (const wrong of [{ secretAccessKey: 'wrong-secret-of-nobody' }, { accessKeyId: 'NOBODY' }]) {
        const address = { ...ADDRESS, ...wrong };
        const store = storeAt(address);
        const outcomes = [
          await put(store, bucket, 'k', 'x'),
          await store.get(bucket, key('k')),
          await store.head(bucket, key('k')),
          await store.list(bucket, { prefix: prefix(''), limit: 1 }),
          await store.deleteMany(bucket, [key('k')]),
        ];
        for (const outcome of outcomes) {
          const failure = outcome._unsafeUnwrapErr();
          expect(failure.kind).toBe('store_denied');
          const everything = inspect(failure, {
            depth: Infinity,
            showHidden: true,
            maxStringLength: Infinity,
          });
          expect(readingOf(address.secretAccessKey)(everything)).toEqual([]);
        }
      }
    });

    it('is asked again in its own time when this machine has another', async () => {
      const store = storeAt(ADDRESS);
      const bucket = await newBucket(shared);
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
      expect((await put(store, bucket, 'k', 'x')).isOk()).toBe(true);
      expect((await store.head(bucket, key('k')))._unsafeUnwrap().size).toBe(1);
    });

    it('deletes a thousand keys in one call, and keys that XML cannot name one by one', async () => {
      const bucket = await newBucket(shared);
      const names = [
        ...Array.from({ length: 998 }, (_, n) => `many/${n}`),
        'control/\u0001',
        'control/\u001f',
      ];
      for (const name of ['many/0', 'many/997', ...names.slice(-2)]) await putOk(shared, bucket, name, name);
      expect((await shared.deleteMany(bucket, names.map(key)))._unsafeUnwrap()).toEqual([]);
      expect((await shared.list(bucket, { prefix: prefix(''), limit: 5 }))._unsafeUnwrap().entries).toEqual(
        [],
      );
    });

    it('is unavailable when nobody listens', async () => {
      const store = storeAt({ ...ADDRESS, endpoint: NOWHERE.endpoint });
      expect((await put(store, 'bucket', 'k', 'x'))._unsafeUnwrapErr()).toMatchObject({
        kind: 'unavailable',
        cause: { code: 'ECONNREFUSED' },
      });
    });
  });
});
