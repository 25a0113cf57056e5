import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { systemCrc32 } from '../../../src/adapters/system/crc32.js';
import type { ObjectKey } from '../../../src/domain/storage/object-key.js';
import type { ListEntry, ObjectStore } from '../../../src/ports/storage/object-store.js';
import { NOW, type TestApp } from '../../support/app.js';
import { type Client, clientOf, type World, world } from '../../support/client.js';
import { readZip } from '../../support/zip.js';
import { changedStore, idIn, type Where } from './containers.js';
import { type Open, onStage } from './rig.js';

/** Folders as one, as their users see them. */
export const foldersScenarios = (open: Open, answered: Set<string>, where: Where) => {
  let app: TestApp;
  let call: Client;
  let here: World;
  onStage(open, answered, (...staged) => {
    [app, call, here] = staged;
  });

  /** Another server whose store is the usual one but for some of its functions. */
  const withStore = async (
    change: (store: ObjectStore) => Partial<ObjectStore>,
    options: Parameters<Open>[0] = {},
  ) => {
    const other = await open({ ...options, override: changedStore(where, change) });
    const client = clientOf(other);
    // Without a jail, so that the store's own functions see the same keys as the client.
    const there = await world(other, client, '');
    const close = async () => {
      for (const line of other.answered) answered.add(line);
      await other.close();
    };
    return { other, client, there, close, token: there.owner.token };
  };
  const at = (key: string, world: World = here, recursive = '') =>
    `/v1/${where}/${idIn(where, world)}/objects?key=${encodeURIComponent(key)}${recursive}`;
  const put = async (client: Client, world: World, keys: readonly string[]): Promise<void> => {
    for (const key of keys)
      expect((await client(`PUT ${at(key, world)}`, { token: world.owner.token, bytes: key })).status).toBe(
        204,
      );
  };
  const remove = (client: Client, world: World, key: string) =>
    client(`DELETE ${at(key, world, '&recursive=true')}`, { token: world.owner.token });
  const keysOf = async (client: Client, world: World, prefix: string): Promise<readonly string[]> => {
    const path = `/v1/${where}/${idIn(where, world)}/objects?prefix=${encodeURIComponent(prefix)}`;
    const { body } = await client(`GET ${path}`, { token: world.owner.token });
    return body.items.map(({ key }: { key: string }) => key);
  };

  it(`waits for a slow store as long as it takes, in ${where}`, async () => {
    const late = <T, E>(call: () => ResultAsync<T, E>): ResultAsync<T, E> =>
      ResultAsync.fromSafePromise<void, never>(new Promise((resolve) => setTimeout(resolve, 1_000))).andThen(
        call,
      );
    const { client, there, close, token } = await withStore(
      (store) => ({
        list: (...asked) => late(() => store.list(...asked)),
        deleteMany: (...asked) => late(() => store.deleteMany(...asked)),
        put: (...asked) => store.put(...asked).andThen((meta) => late(() => okAsync(meta))),
      }),
      { timing: { idleMs: 300 } },
    );
    await put(client, there, ['dir/1']);
    const zip = at('dir', there, '&recursive=true').replace('/objects?', '/objects/download?');
    expect((await client(`GET ${zip}`, { token })).status).toBe(200);
    expect((await remove(client, there, 'dir')).status).toBe(204);
    expect(await keysOf(client, there, 'dir/')).toEqual([]);
    await close();
  });

  describe(`deleting in ${where}`, () => {
    it('takes all that is in a folder and nothing beside it, with or without the slash', async () => {
      const beside = ['dir', 'dir2/a', 'dir-/a', 'dir.txt', 'di/a'];
      for (const name of ['dir', 'dir/']) {
        await put(call, here, [...beside, 'dir/', 'dir/a', 'dir/b/c', 'dir//d', 'dir/ä']);
        expect((await remove(call, here, name)).status).toBe(204);
        expect(await keysOf(call, here, 'dir/')).toEqual([]);
        expect(await keysOf(call, here, 'di')).toEqual(['di/', 'dir', 'dir-/', 'dir.txt', 'dir2/']);
      }
    });

    it('is done at once with a folder that is not there', async () => {
      expect((await remove(call, here, 'nowhere')).status).toBe(204);
    });

    it('refuses the whole bucket, and folders that cannot be, naming the field', async () => {
      await put(call, here, ['kept', '/kept']);
      for (const name of ['', '/', '..', 'a/../b', 'x'.repeat(1024)]) {
        const answer = await remove(call, here, name);
        expect([name, answer.status, answer.body.error.details[0].field]).toEqual([name, 400, 'key']);
      }
      expect(await keysOf(call, here, '')).toEqual(expect.arrayContaining(['/', 'kept']));
    });

    it('names what could not be deleted, and deletes the rest', async () => {
      const denied = new Set(['dir/1', 'dir/3']);
      const { client, there, close } = await withStore((store) => ({
        deleteMany: (bucket, keys) =>
          store
            .deleteMany(
              bucket,
              keys.filter((key) => !denied.has(key)),
            )
            .map(() => keys.filter((key) => denied.has(key)).map((key) => ({ key, reason: 'denied' }))),
      }));
      await put(client, there, ['dir/1', 'dir/2', 'dir/3', 'dir/4', 'dir/5']);
      const answer = await remove(client, there, 'dir');
      expect([answer.status, answer.body.error.code]).toEqual([502, 'delete_incomplete']);
      expect(answer.body.error.message).toMatch(/^3 objects are deleted, 2 could not be/);
      expect(answer.body.error.details).toEqual([...denied].map((key) => ({ field: 'key', message: key })));
      expect(await keysOf(client, there, 'dir/')).toEqual([...denied]);
      await close();
    });

    it('ends although everything it deletes is put back at once', async () => {
      let batches = 0;
      const { client, there, close } = await withStore((store) => ({
        deleteMany: (bucket, keys) =>
          store.deleteMany(bucket, keys).andThen((errors) => {
            batches += 1;
            const again = async function* () {
              yield new Uint8Array(1);
            };
            const [first = '' as ObjectKey] = keys;
            return store
              .put(bucket, first, again(), { maxBytes: 1 })
              .map(() => errors)
              .mapErr((cause) => ({ kind: 'unavailable' as const, dependency: 'test', cause }));
          }),
      }));
      await put(client, there, ['dir/1', 'dir/2']);
      expect((await remove(client, there, 'dir')).status).toBe(204);
      expect([batches, await keysOf(client, there, 'dir/')]).toEqual([1, ['dir/1']]);
      await close();
    });

    it('goes on as a job beyond a hundred thousand objects, begins it anew when it fails, and spares what is put much later', async () => {
      const PAGE = 1_000;
      const [pages, late] = [103, 'dir/late' as ObjectKey];
      const left = new Set(Array.from({ length: pages }, (_, page) => page));
      const keyOf = (page: number, n: number) =>
        `dir/${String(page * PAGE + n).padStart(6, '0')}` as ObjectKey;
      const entry = (key: ObjectKey, modifiedAt = NOW): ListEntry => ({
        type: 'file',
        object: { key, size: 1, etag: 'e', modifiedAt },
      });
      const [inFlight, most] = [{ now: 0 }, { ever: 0 }];
      const deleted: string[] = [];
      let failing = false;
      const { client, there, other, close } = await withStore(() => ({
        list: (_bucket, { after }) => {
          const page = [...left].find((candidate) => after === undefined || keyOf(candidate, 0) > after);
          if (page === undefined)
            return okAsync({ entries: [entry(late, (NOW + 60 * 60_000) as typeof NOW)] });
          const keys = Array.from({ length: PAGE }, (_, n) => keyOf(page, n));
          return okAsync({ entries: keys.map((key) => entry(key)), next: keys.at(-1) });
        },
        deleteMany: (_bucket, keys) => {
          if (failing) {
            failing = false;
            return errAsync({ kind: 'unavailable', dependency: 'test', cause: 'once' });
          }
          inFlight.now += 1;
          most.ever = Math.max(most.ever, inFlight.now);
          const settled = new Promise((resolve) => setTimeout(resolve, 1)).then(() => {
            inFlight.now -= 1;
            deleted.push(...keys);
            if (keys[0]) left.delete(Math.floor(Number(keys[0].slice(4)) / PAGE));
          });
          return okAsync(undefined).map(async () => {
            await settled;
            return [];
          });
        },
      }));
      const answer = await remove(client, there, 'dir');
      expect([answer.status, answer.text, deleted.length]).toEqual([202, '', 100_000]);
      failing = true;
      await other.drain();
      expect(deleted.length).toBeLessThan(103_000);
      other.clock.advance(10 * 60_000);
      await other.drain();
      expect([deleted.length, new Set(deleted).size, deleted.includes(late)]).toEqual([
        103_000,
        103_000,
        false,
      ]);
      expect(most.ever).toBe(3);
      await close();
    });

    /** A store with a folder of so many pages, or without end, of which a job deletes what the request did not. */
    const withMuch = async (pages: { most: number }) => {
      const asked: (string | undefined)[] = [];
      const state: { denied: boolean; clockMs: number; other?: TestApp } = { denied: false, clockMs: 0 };
      const numberIn = (after: string | undefined): number => (after ? Number(after.slice(4, -4)) : 0);
      const staged = await withStore(() => ({
        list: (_bucket, { after }) => {
          asked.push(after);
          state.other?.clock.advance(state.clockMs);
          if (state.denied) return errAsync({ kind: 'store_denied', reason: 'AccessDenied' });
          const page = numberIn(after) + 1;
          const name = (n: number) => `dir/${page}-${String(n).padStart(3, '0')}` as ObjectKey;
          const entries = Array.from(
            { length: 1_000 },
            (_, n): ListEntry => ({
              type: 'file',
              object: { key: name(n), size: 1, etag: 'e', modifiedAt: NOW },
            }),
          );
          return okAsync(page < pages.most ? { entries, next: name(999) } : { entries });
        },
        deleteMany: () => okAsync([]),
      }));
      const { client, there, token, other } = staged;
      state.other = other;
      expect((await remove(client, there, 'dir')).status).toBe(202);
      asked.length = 0;
      const audit = async () => {
        const { body } = await client(`GET /v1/projects/${there.projectId}/audit-log`, { token });
        return body.items.filter(({ action }: { action: string }) => action.startsWith('folder.'));
      };
      const deeds = async () => (await audit()).map(({ action }: { action: string }) => action);
      return { ...staged, state, asked, audit, deeds };
    };

    it('tries the rest again when the store denies it, and owns up in the end', async () => {
      for (const comesBack of [true, false]) {
        const { other, state, deeds, close } = await withMuch({ most: 102 });
        state.denied = true;
        for (let attempt = 1; attempt <= 8; attempt += 1) {
          await other.drain();
          expect(await deeds()).toEqual(
            attempt < 8 ? ['folder.delete'] : ['folder.delete_failed', 'folder.delete'],
          );
          other.clock.advance(10 * 60_000);
          if (comesBack) break;
        }
        state.denied = false;
        await other.drain();
        if (comesBack) expect(await deeds()).toEqual(['folder.deleted', 'folder.delete']);
        await close();
      }
    });

    it('goes on slice by slice, so that a folder without end keeps no worker', async () => {
      const pages = { most: Number.POSITIVE_INFINITY };
      const { other, state, asked, audit, deeds, close } = await withMuch(pages);
      await other.worker.tick();
      expect([asked.length, asked[0]]).toEqual([100, undefined]);
      state.clockMs = 60_001;
      await other.worker.tick();
      expect(asked.slice(100)).toEqual(['dir/100-999']);
      expect(await deeds()).toEqual(['folder.delete']);
      state.clockMs = 0;
      pages.most = 103;
      await other.drain();
      expect(asked.slice(101)).toEqual(['dir/101-999', 'dir/102-999']);
      expect((await audit())[0]).toMatchObject({ action: 'folder.deleted' });
      expect(await other.everyRow()).toMatch(/"deleted":\s*103000/);
      await close();
    });

    it('says to try again when the store fails midway', async () => {
      const { client, there, close } = await withStore(() => ({
        deleteMany: () => errAsync({ kind: 'unavailable', dependency: 'test', cause: 'down' }),
      }));
      await put(client, there, ['dir/1']);
      expect((await remove(client, there, 'dir')).status).toBe(503);
      await close();
    });
  });

  describe(`downloading from ${where}`, () => {
    const download = (client: Client, world: World, key: string, headers: Record<string, string> = {}) =>
      client(`GET ${zipAt(key, world)}`, { token: world.owner.token, headers });
    const zipAt = (key: string, world: World): string =>
      at(key, world, '&recursive=true').replace('/objects?', '/objects/download?');
    const fetched = async (key: string, world = here) => {
      const headers = { authorization: `Bearer ${world.owner.token}` };
      const response = await fetch(app.url + zipAt(key, world), { headers });
      return { response, bytes: Buffer.from(await response.arrayBuffer()) };
    };

    it('sends a folder as an archive of the announced length, named relative to it', async () => {
      const keys = [
        'z/ä “b”.txt',
        'z/a.txt',
        'z/sub/deep/c',
        'z//x',
        'z/\\..\\y',
        'z/sub/',
        'z/',
        'z2/no',
        'z',
      ];
      await put(call, here, keys);
      const empty = await call(`PUT ${at('z/marked/')}`, { token: here.owner.token, bytes: '' });
      expect(empty.status).toBe(204);
      const { response, bytes } = await fetched('z');
      expect([response.status, Number(response.headers.get('content-length'))]).toEqual([200, bytes.length]);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment; filename=z.zip',
        'accept-ranges': 'none',
      });
      expect([response.headers.get('etag'), response.headers.get('last-modified')]).toEqual([null, null]);
      const { entries, zip64 } = readZip(bytes);
      expect(zip64).toBe(false);
      expect(Object.fromEntries(entries.map((entry) => [entry.name, entry.bytes.toString()]))).toEqual({
        '_ (2)': 'z/',
        '_/x': 'z//x',
        '_.._y': 'z/\\..\\y',
        'a.txt': 'z/a.txt',
        'marked/': '',
        'sub/_': 'z/sub/',
        'sub/deep/c': 'z/sub/deep/c',
        'ä “b”.txt': 'z/ä “b”.txt',
      });
      expect(entries.every(({ bytes: content, crc }) => systemCrc32(content) === crc)).toBe(true);
      expect((await fetched('z/')).bytes.equals(bytes), 'the same bytes for the same contents').toBe(true);
    });

    it('has no parts and no versions to ask for, and tells its length without sending it', async () => {
      const whole = await download(call, here, 'a', { range: 'bytes=0-0', 'if-none-match': '*' });
      expect([whole.status, whole.headers.get('content-range')]).toEqual([200, null]);
      expect((await download(call, here, 'a', { 'if-match': '"some"' })).status).toBe(412);
      const head = await fetch(app.url + zipAt('a', here), {
        method: 'HEAD',
        headers: { authorization: `Bearer ${here.owner.token}` },
      });
      expect(head.headers.get('content-length')).toBe(whole.headers.get('content-length'));
    });

    it('does not find a folder with nothing in it, and refuses the whole bucket', async () => {
      await call(`PUT ${at('hollow/')}`, { token: here.owner.token, bytes: '' });
      for (const key of ['nowhere', 'hollow', 'a/file.txt'])
        expect([key, (await download(call, here, key)).status]).toEqual([key, 404]);
      for (const key of ['', '/', 'a/../b']) {
        const answer = await download(call, here, key);
        expect([key, answer.status, answer.body.error.details[0].field]).toEqual([key, 400, 'key']);
      }
    });

    it('refuses a folder of more than a hundred thousand objects', async () => {
      const entry = (key: string): ListEntry => ({
        type: 'file',
        object: { key: key as ObjectKey, size: 1, etag: 'e', modifiedAt: NOW },
      });
      const { client, there, close } = await withStore(() => ({
        list: (_bucket, { after = '0' }) => {
          const page = Number(after) + 1;
          return okAsync({
            entries: Array.from({ length: page > 100 ? 1 : 1_000 }, (_, n) => entry(`a/${page}-${n}`)),
            next: page > 100 ? undefined : String(page),
          });
        },
      }));
      const answer = await download(client, there, 'a');
      expect([answer.status, answer.body.error.code]).toEqual([400, 'folder_too_large']);
      expect(answer.body.error.message).toContain('100000');
      await close();
    });

    it.each([
      ['is overwritten', 'precondition_failed'],
      ['is deleted', 'not_found'],
    ])('breaks off before its length when an object %s meanwhile', async (how, reason) => {
      let spoil = async (): Promise<unknown> => undefined;
      const { other, client, there, close } = await withStore((store) => ({
        get: (bucket, key, options) =>
          okAsync<void, never>(undefined)
            .map(async () => {
              if (key === 'm/09') await spoil();
            })
            .andThen(() => store.get(bucket, key, options)),
      }));
      const { token } = there.owner;
      for (let n = 0; n < 10; n += 1) {
        const bytes = new Uint8Array(100_000);
        expect((await client(`PUT ${at(`m/0${n}`, there)}`, { token, bytes })).status).toBe(204);
      }
      spoil = () =>
        client(`${how === 'is deleted' ? 'DELETE' : 'PUT'} ${at('m/09', there)}`, {
          token,
          ...(how === 'is deleted' ? {} : { bytes: 'other' }),
        });
      const response = await fetch(other.url + zipAt('m', there), {
        headers: { authorization: `Bearer ${token}` },
      });
      expect([response.status, Number(response.headers.get('content-length')) > 1_000_000]).toEqual([
        200,
        true,
      ]);
      await expect(response.arrayBuffer()).rejects.toThrow();
      expect(JSON.stringify(other.complaints)).toContain(`broke off: an object changed`);
      expect(JSON.stringify(other.complaints)).toContain(reason);
      await close();
    });
  });
};
