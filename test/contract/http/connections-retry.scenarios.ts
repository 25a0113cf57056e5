import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { ports } from '../../../src/composition/tokens.js';
import { MINUTE } from '../../../src/domain/shared/time.js';
import { rebind } from '../../support/app.js';
import { ALL, checksOf, oksOf, statusOf, storeChanged, verify } from './connections-verify.rig.js';
import type { Open } from './rig.js';

const away = () =>
  errAsync({ kind: 'unavailable' as const, dependency: 'test', cause: new Error('refused') });
const never = () => new ResultAsync<never, never>(new Promise(() => undefined));

/** What becomes of a verification in time: when it waits, fails for the moment, or meets another one. */
export const connectionsRetryScenarios = (open: Open, answered: Set<string>) => {
  const withStore = storeChanged(open, answered);

  it('is tried again for a while when the store is away, and then not any more', async () => {
    let tries = 0;
    let isBack = false;
    const { other, client, there, close } = await withStore((store) => ({
      list: (...given) => {
        tries += 1;
        return isBack ? store.list(...given) : away();
      },
    }));
    const wait = async (rounds: number) => {
      for (let i = 0; i < rounds; i += 1) {
        other.clock.advance(6 * MINUTE);
        await other.drain();
      }
    };
    const answer = await verify(client, there);
    expect([answer.status, answer.body.status]).toEqual([200, 'failed']);
    expect(oksOf(answer)).toEqual({
      credentials: false,
      list: false,
      read: false,
      write: false,
      delete: false,
    });
    expect(checksOf(answer)[1]?.message).toBe('the store cannot be reached: refused');
    expect(await statusOf(client, there)).toBe('failed');
    await wait(20);
    expect([tries, await statusOf(client, there)]).toEqual([13, 'failed']);
    await verify(client, there);
    await wait(3);
    isBack = true;
    await wait(3);
    expect([tries, await statusOf(client, there)]).toEqual([13 + 1 + 4, 'verified']);
    await close();
  });

  it('does not wait for ever, calls off what it has begun, and deletes what came all the same', async () => {
    let calledOff: AbortSignal | undefined;
    const { client, there, keys, close } = await withStore(
      (store) => ({
        put: (bucket, key, body, options) => {
          calledOff = options.signal;
          return store.put(bucket, key, body, { ...options, signal: undefined }).andThen(never);
        },
      }),
      (container) => {
        const soon = () =>
          ResultAsync.fromSafePromise(new Promise<void>((resolve) => setTimeout(resolve, 50)));
        rebind(container, ports.pause, { wait: soon });
      },
    );
    const answer = await verify(client, there);
    expect(oksOf(answer)).toEqual({ ...ALL, write: false, read: false });
    expect(checksOf(answer)[3]?.message).toMatch(/no answer within 10 s$/);
    expect([calledOff?.aborted, await keys()]).toEqual([true, ['photos/a/file.txt']]);
    expect(await statusOf(client, there)).toBe('failed');
    await close();
  });

  it('is seen while it goes on; of two at once the later one has the last word', async () => {
    const waiting: (() => void)[] = [];
    const { client, there, close } = await withStore((store) => ({
      list: (...given) =>
        waiting.length < 2
          ? ResultAsync.fromSafePromise(new Promise<void>((go) => waiting.push(go))).andThen(() =>
              store.list(...given),
            )
          : store.list(...given),
      put: (...given) => (waiting.length === 2 ? store.put(...given) : away()),
    }));
    const until = async (n: number) => {
      while (waiting.length < n) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const first = verify(client, there);
    await until(1);
    expect(await statusOf(client, there)).toBe('verifying');
    const second = verify(client, there);
    await until(2);
    waiting[0]?.();
    expect((await first).body.status).toBe('verified');
    expect(await statusOf(client, there)).toBe('verifying');
    waiting[1]?.();
    expect((await second).body.status).toBe('verified');
    expect(await statusOf(client, there)).toBe('verified');
    await close();
  });

  it('says 404 when the connection is deleted meanwhile', async () => {
    let remove = async (): Promise<unknown> => undefined;
    const { client, there, close } = await withStore((store) => ({
      list: (...given) => ResultAsync.fromSafePromise(remove()).andThen(() => store.list(...given)),
    }));
    remove = () => client(`DELETE /v1/connections/${there.connectionId}`, { token: there.admin.token });
    expect((await verify(client, there)).status).toBe(404);
    await close();
  });

  describe('what another verification has overtaken', () => {
    it('is not recorded, and what it left is deleted by its job', async () => {
      let dying = true;
      const { other, client, there, keys, close } = await withStore(
        () => (dying ? { get: never, deleteMany: never } : {}),
        (container) =>
          rebind(container, ports.pause, {
            wait: () => (dying ? never() : okAsync(undefined).andThen(never)),
          }),
      );
      void verify(client, there).catch(() => undefined);
      while ((await keys()).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      dying = false;
      expect((await verify(client, there)).body.status).toBe('verified');
      expect(await keys()).toHaveLength(2);
      other.clock.advance(2 * MINUTE);
      await other.drain();
      expect(await keys()).toEqual(['photos/a/file.txt']);
      expect(await statusOf(client, there)).toBe('verified');
      await close();
    });
  });
};
