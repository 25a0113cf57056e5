import { err, ok, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { countingIds } from '../../../../src/adapters/memory/shared/counting-ids.js';
import { fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryForeignStores, type Right } from '../../../../src/adapters/memory/storage/foreign-stores.js';
import type { ObjectKey, Prefix } from '../../../../src/domain/storage/object-key.js';
import type { StoreAddress } from '../../../../src/ports/shared/store-address.js';
import type { OpenUpload } from '../../../../src/ports/storage/foreign-stores.js';
import type { Bytes } from '../../../../src/ports/storage/object-store.js';
import { AT } from '../../../support/accounts.js';
import { silentJournal } from '../../../support/journal.js';

const KEYS = { id: 'AKIA', secret: 'secret' };
const KEY = 'a.txt' as ObjectKey;
const CONTENT = new TextEncoder().encode('content');
const address = (over: object = {}): StoreAddress => ({
  provider: 's3compat',
  region: 'here',
  endpoint: 'https://one.test',
  accessKeyId: KEYS.id,
  secretAccessKey: KEYS.secret,
  ...over,
});
async function* body(): Bytes {
  yield CONTENT;
}

const stage = async () => {
  const stores = memoryForeignStores({ clock: fixedClock(AT), ids: countingIds() });
  const one = stores.add('https://one.test');
  one.admit(KEYS);
  (await one.objects.createBucket('theirs'))._unsafeUnwrap();
  (await one.objects.put('theirs', KEY, body(), { length: CONTENT.length, maxBytes: 1_000 }))._unsafeUnwrap();
  return {
    stores,
    one,
    open: (over: object = {}, journal = silentJournal) => stores.open(address(over), journal),
  };
};

/** What each call answers: `ok`, or the kind of failure. */
const tried = async (store: ReturnType<Awaited<ReturnType<typeof stage>>['open']>) => {
  const calls = {
    list: () => store.list('theirs', { prefix: '' as Prefix, limit: 10 }),
    head: () => store.head('theirs', KEY),
    read: () => store.get('theirs', KEY),
    write: () => store.put('theirs', KEY, body(), { length: CONTENT.length, maxBytes: 1_000 }),
    delete: () => store.deleteMany('theirs', [KEY]),
  };
  const answers: Record<string, string> = {};
  for (const [name, call] of Object.entries(calls)) {
    const answer = await call();
    answers[name] = answer.isOk() ? 'ok' : answer.error.kind;
  }
  return answers;
};
const all = (word: string) => ({ list: word, head: word, read: word, write: word, delete: word });

describe('stores of others, in memory', () => {
  it('let those in who have the keys, and nobody else', async () => {
    const { one, open } = await stage();
    expect(await tried(open({ accessKeyId: 'AKIB' }))).toEqual(all('store_denied'));
    expect(await tried(open({ secretAccessKey: 'guessed' }))).toEqual(all('store_denied'));
    expect(await tried(open())).toEqual(all('ok'));
    one.dismiss(KEYS.id);
    expect(await tried(open())).toEqual(all('store_denied'));
  });

  it.each<[Right, object]>([
    ['list', { list: 'store_denied' }],
    ['read', { read: 'store_denied', head: 'store_denied' }],
    ['write', { write: 'store_denied' }],
    ['delete', { delete: 'store_denied' }],
  ])('keep those from it who lack the right to %s', async (missing, denied) => {
    const { one, open } = await stage();
    const rights: Right[] = ['list', 'read', 'write', 'delete'];
    one.admit(
      KEYS,
      rights.filter((right) => right !== missing),
    );
    expect(await tried(open())).toEqual({ ...all('ok'), ...denied });
  });

  it('answer nobody while they are down, nor where there is none', async () => {
    const { one, open } = await stage();
    one.isDown(true);
    expect(await tried(open())).toEqual(all('unavailable'));
    one.isDown(false);
    expect(await tried(open())).toEqual(all('ok'));
    expect(await tried(open({ endpoint: 'https://nowhere.test' }))).toEqual(all('unavailable'));
  });

  it('are each a world of their own', async () => {
    const { stores, open } = await stage();
    const other = stores.add('https://other.test');
    other.admit(KEYS);
    const store = open({ endpoint: 'https://other.test' });
    expect(await store.head('theirs', KEY)).toEqual(err({ kind: 'bucket_missing' }));
    expect(await store.createBucket('theirs')).toEqual(ok(undefined));
    expect(await store.head('theirs', KEY)).toEqual(err({ kind: 'not_found' }));
    expect((await open().head('theirs', KEY)).isOk()).toBe(true);
  });

  it('are found by provider where the provider has one place only', async () => {
    const { stores } = await stage();
    stores.add('aws').admit(KEYS);
    stores.add('gcp').admit({ id: 'robot@project.test', secret: 'PEM' });
    const gcp = { provider: 'gcp', clientEmail: 'robot@project.test', privateKey: 'PEM' } as const;
    for (const where of [address({ provider: 'aws', endpoint: undefined }), gcp])
      expect(await stores.open(where, silentJournal).head('any', KEY)).toEqual(
        err({ kind: 'bucket_missing' }),
      );
  });

  it('hold an upload of unknown length open while it arrives, which is written down before and after', async () => {
    const { one, open } = await stage();
    const said: (readonly [string, OpenUpload, number])[] = [];
    const note = (word: string) => (upload: OpenUpload) => {
      said.push([word, upload, one.openUploads().length]);
      return okAsync(undefined);
    };
    const store = open({}, { ...silentJournal, begun: note('begun'), ended: note('ended') });
    expect((await store.put('theirs', KEY, body(), { maxBytes: 1_000 })).isOk()).toBe(true);
    expect((await store.put('theirs', KEY, body(), { maxBytes: 1 })).isErr()).toBe(true);
    expect(said.map(([word, { bucket, key }, open]) => [word, bucket, key, open])).toEqual([
      ['begun', 'theirs', KEY, 1],
      ['ended', 'theirs', KEY, 0],
      ['begun', 'theirs', KEY, 1],
      ['ended', 'theirs', KEY, 0],
    ]);
    expect(said[0]?.[1].uploadId).not.toBe(said[2]?.[1].uploadId);
  });

  it('abort an upload as often as they are told to', async () => {
    const { one, open } = await stage();
    const upload = one.beginUpload('theirs', KEY);
    for (let i = 0; i < 2; i += 1) expect(await open().abortUpload(upload)).toEqual(ok(undefined));
    expect(one.openUploads()).toEqual([]);
  });
});
