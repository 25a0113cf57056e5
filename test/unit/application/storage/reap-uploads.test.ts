import { errAsync, ok, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../../src/adapters/memory/kit/store.js';
import { countingIds } from '../../../../src/adapters/memory/shared/counting-ids.js';
import { fixedClock } from '../../../../src/adapters/memory/shared/fixed-clock.js';
import { memoryForeignStores } from '../../../../src/adapters/memory/storage/foreign-stores.js';
import { memoryOpenUploads } from '../../../../src/adapters/memory/storage/open-uploads.js';
import { reapUploads, type StoreOf } from '../../../../src/application/storage/reap-uploads.js';
import { uploadJournals } from '../../../../src/application/storage/upload-journals.js';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import { DAY, HOUR, MINUTE } from '../../../../src/domain/shared/time.js';
import type { ObjectKey } from '../../../../src/domain/storage/object-key.js';
import { NOT_FOUND } from '../../../../src/ports/shared/failure.js';
import type { OpenUploads, UploadOwner } from '../../../../src/ports/storage/open-uploads.js';
import { AT, newId } from '../../../support/accounts.js';

const KEYS = { id: 'operator', secret: 'secret' };
const ADDRESS = {
  provider: 's3compat',
  region: 'here',
  endpoint: 'https://store.test',
  accessKeyId: KEYS.id,
  secretAccessKey: KEYS.secret,
} as const;
const MANAGED: UploadOwner = { kind: 'managed' };
const CONNECTION: UploadOwner = {
  kind: 'connection',
  accountId: newId() as AccountId,
  connectionId: newId(),
};

/** One store, the journal, and a process that writes; `reaper` is another process. */
const stage = async (change: (uploads: OpenUploads) => OpenUploads = (uploads) => uploads) => {
  const clock = fixedClock(AT);
  const ids = countingIds();
  const openUploads = change(memoryOpenUploads(memoryStore()));
  const stores = memoryForeignStores({ clock, ids });
  const stranger = stores.add(ADDRESS.endpoint);
  stranger.admit(KEYS);
  (await stranger.objects.createBucket('bucket'))._unsafeUnwrap();
  const journals = uploadJournals({ openUploads, clock, ids });
  const storeOf = (owner: UploadOwner) => okAsync(stores.open(ADDRESS, journals.of(owner)));
  const begin = async (owner: UploadOwner = MANAGED) => {
    const upload = stranger.beginUpload('bucket', 'a' as ObjectKey);
    return { upload, recorded: await journals.of(owner).begun(upload) };
  };
  const reap = async (by: StoreOf = storeOf) =>
    (await reapUploads({ clock, openUploads, storeOf: by })())._unsafeUnwrap();
  return { clock, openUploads, stranger, journals, begin, reap };
};
const nothing = { aborted: 0, left: 0, more: false };

describe('uploads that nobody finishes', () => {
  it('are aborted a day after they began, when their process has said nothing since', async () => {
    const { clock, stranger, begin, reap } = await stage();
    await begin();
    await begin(CONNECTION);
    clock.advance(DAY - 1);
    expect(await reap()).toEqual(nothing);
    expect(stranger.openUploads()).toHaveLength(2);
    clock.advance(1);
    expect(await reap()).toEqual({ ...nothing, aborted: 2 });
    expect(stranger.openUploads()).toEqual([]);
    clock.advance(DAY);
    expect(await reap()).toEqual(nothing);
  });

  it('are let live as long as their process does, however long the upload takes', async () => {
    const { clock, stranger, journals, begin, reap } = await stage();
    await begin();
    for (let minutes = 0; minutes < 3 * 24 * 60; minutes += 50) {
      clock.advance(50 * MINUTE);
      expect(await journals.renew()).toEqual(ok(undefined));
      expect(await reap()).toEqual(nothing);
    }
    expect(stranger.openUploads()).toHaveLength(1);
    clock.advance(HOUR);
    expect(await reap()).toEqual({ ...nothing, aborted: 1 });
    expect(stranger.openUploads()).toEqual([]);
  });

  it('are aborted only if they are on record', async () => {
    const { clock, stranger, begin, reap } = await stage();
    const somebodyElses = stranger.beginUpload('bucket', 'b' as ObjectKey);
    await begin();
    clock.advance(2 * DAY);
    expect(await reap()).toEqual({ ...nothing, aborted: 1 });
    expect(stranger.openUploads()).toEqual([somebodyElses]);
  });

  it('are aborted for the owner in whose store they are', async () => {
    const { clock, begin, reap } = await stage();
    const asked: UploadOwner[] = [];
    const { upload } = await begin(CONNECTION);
    clock.advance(DAY);
    const aborted: unknown[] = [];
    const outcome = await reap((owner) => {
      asked.push(owner);
      return okAsync({
        abortUpload: (one) => {
          aborted.push(one);
          return okAsync(undefined);
        },
      });
    });
    expect([outcome.aborted, asked, aborted]).toEqual([1, [CONNECTION], [upload]]);
  });

  it('are tried again an hour later while their store is down or refuses, and do not hold up others', async () => {
    const { clock, stranger, begin, reap } = await stage();
    for (let i = 0; i < 10; i += 1) await begin();
    clock.advance(DAY);
    stranger.isDown(true);
    expect(await reap()).toEqual({ aborted: 0, left: 8, more: true });
    stranger.isDown(false);
    stranger.admit(KEYS, ['read']);
    expect(await reap()).toEqual({ aborted: 0, left: 2, more: false });
    stranger.admit(KEYS);
    clock.advance(HOUR - 1);
    expect(await reap()).toEqual(nothing);
    clock.advance(1);
    expect(await reap()).toEqual({ aborted: 8, left: 0, more: true });
    expect(await reap()).toEqual({ aborted: 2, left: 0, more: false });
    expect(stranger.openUploads()).toEqual([]);
  });

  it('are forgotten when nobody can get at their store any more', async () => {
    const { clock, begin, reap } = await stage();
    await begin(CONNECTION);
    clock.advance(DAY);
    expect(await reap(() => errAsync(NOT_FOUND))).toEqual(nothing);
    clock.advance(DAY);
    expect(await reap()).toEqual(nothing);
  });

  it('are given up when their store has refused for a month', async () => {
    const { clock, stranger, begin, reap } = await stage();
    await begin();
    stranger.isDown(true);
    clock.advance(30 * DAY);
    expect(await reap()).toEqual({ ...nothing, left: 1 });
    clock.advance(HOUR);
    expect(await reap()).toEqual(nothing);
    stranger.isDown(false);
    clock.advance(DAY);
    expect(await reap()).toEqual(nothing);
  });

  it('are aborted once more without harm when the process that reaps dies before it can say so', async () => {
    let dead = true;
    const { clock, stranger, begin, reap, openUploads } = await stage((uploads) => ({
      ...uploads,
      end: (id) =>
        dead ? errAsync({ kind: 'unavailable', dependency: 'test', cause: 'dead' }) : uploads.end(id),
    }));
    await begin();
    clock.advance(DAY);
    const aborting: StoreOf = () => okAsync({ abortUpload: () => okAsync(undefined) });
    expect((await reapUploads({ clock, openUploads, storeOf: aborting })()).isErr()).toBe(true);
    dead = false;
    clock.advance(HOUR);
    expect(await reap()).toEqual({ ...nothing, aborted: 1 });
    expect(stranger.openUploads()).toEqual([]);
  });

  it('are shared out between processes that reap at once', async () => {
    const { clock, stranger, begin, reap } = await stage();
    for (let i = 0; i < 20; i += 1) await begin();
    clock.advance(DAY);
    const outcomes = await Promise.all([reap(), reap(), reap()]);
    expect(outcomes.reduce((sum, { aborted }) => sum + aborted, 0)).toBe(20);
    expect(stranger.openUploads()).toEqual([]);
  });
});

describe('an upload that its process lets lie', () => {
  it('is aborted after a week, though the process lives on', async () => {
    const { clock, stranger, journals, begin, reap } = await stage();
    await begin();
    const quarter = async () => {
      clock.advance(HOUR / 4);
      expect(await journals.renew()).toEqual(ok(undefined));
      return reap();
    };
    for (let hours = 0; hours < 7 * 24; hours += 1 / 4) expect(await quarter()).toEqual(nothing);
    const outcomes = [await quarter(), await quarter(), await quarter(), await quarter()];
    expect(outcomes.reduce((sum, { aborted }) => sum + aborted, 0)).toBe(1);
    expect(stranger.openUploads()).toEqual([]);
  });
});

describe('an upload that its process could not abort', () => {
  it('is no longer renewed, and aborted when it is due', async () => {
    const { clock, stranger, journals, begin, reap } = await stage();
    const [{ upload }] = [await begin(), await begin()];
    journals.of(MANAGED).left(upload);
    clock.advance(DAY - 1);
    expect(await journals.renew()).toEqual(ok(undefined));
    expect(await reap()).toEqual(nothing);
    clock.advance(1);
    expect(await reap()).toEqual({ ...nothing, aborted: 1 });
    expect(stranger.openUploads()).not.toContainEqual(upload);
    expect(stranger.openUploads()).toHaveLength(1);
  });
});

describe('uploads that end', () => {
  it('leave nothing to reap, in whichever journal of the same owner they were begun', async () => {
    const { clock, journals, begin, reap } = await stage();
    const { upload } = await begin();
    expect(await journals.of({ kind: 'managed' }).ended(upload)).toEqual(ok(undefined));
    expect(await journals.of(MANAGED).ended(upload)).toEqual(ok(undefined));
    clock.advance(DAY);
    expect(await reap()).toEqual(nothing);
  });

  it('are no longer renewed, though the database was away at that moment', async () => {
    let away = true;
    const { clock, stranger, journals, begin, reap } = await stage((uploads) => ({
      ...uploads,
      end: (id) =>
        away ? errAsync({ kind: 'unavailable', dependency: 'test', cause: 'away' }) : uploads.end(id),
    }));
    const { upload } = await begin();
    expect((await journals.of(MANAGED).ended(upload)).isErr()).toBe(true);
    away = false;
    clock.advance(DAY);
    expect(await journals.renew()).toEqual(ok(undefined));
    expect(await reap()).toEqual({ ...nothing, aborted: 1 });
    expect(stranger.openUploads()).toEqual([]);
  });
});

describe('an upload that cannot be written down', () => {
  it('is said to be so, and is not renewed', async () => {
    const renewed: (readonly string[])[] = [];
    const { journals, begin } = await stage((uploads) => ({
      ...uploads,
      begin: () => errAsync({ kind: 'unavailable', dependency: 'test', cause: 'away' }),
      renew: (ids) => {
        renewed.push(ids);
        return okAsync(undefined);
      },
    }));
    expect((await begin()).recorded.isErr()).toBe(true);
    expect(await journals.renew()).toEqual(ok(undefined));
    expect(renewed).toEqual([]);
  });
});
