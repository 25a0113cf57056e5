import fc from 'fast-check';
import { err, errAsync, ok, okAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { type MemoryStore, memoryStore } from '../../../../src/adapters/memory/kit/store.js';
import { NOT_FOUND } from '../../../../src/ports/shared/failure.js';

type Purse = { readonly coins: number };
const PURSES = 'purses';

/** Every call of every unit waits for its turn, and fast-check decides whose turn it is. */
const underAnyOrder = (
  check: (store: MemoryStore, finish: <T>(work: Promise<T>) => Promise<T>) => Promise<void>,
) =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const store = memoryStore({ yieldTo: () => scheduler.schedule(Promise.resolve()) });
      await check(store, (work) => scheduler.waitFor(work));
    }),
    { numRuns: 150 },
  );

const fill = (store: MemoryStore, coins: Readonly<Record<string, number>>) =>
  store.run((tx) =>
    Object.entries(coins).reduce(
      (written, [id, n]) => written.andThen(() => tx.table<Purse>(PURSES).put(id, { coins: n })),
      okAsync<void, never>(undefined),
    ),
  );
const coinsIn = (store: MemoryStore, id: string) =>
  store
    .read<Purse>(PURSES)
    .get(id)
    .map((purse) => purse?.coins);

const give = (store: MemoryStore, from: string, to: string, coins: number) =>
  store.run((tx) => {
    const purses = tx.table<Purse>(PURSES);
    return purses.get(from).andThen((payer) =>
      payer === undefined || payer.coins < coins
        ? errAsync('too poor' as const)
        : purses
            .put(from, { coins: payer.coins - coins })
            .andThen(() => purses.get(to))
            .andThen((payee) => purses.put(to, { coins: (payee?.coins ?? 0) + coins })),
    );
  });

describe('memory store, whatever the order of calls', () => {
  it('makes and loses no coin, and lets no purse fall below nothing', () =>
    underAnyOrder(async (store, finish) => {
      expect((await finish(Promise.resolve(fill(store, { a: 5, b: 5 })))).isOk()).toBe(true);
      const results = await finish(
        Promise.all([
          give(store, 'a', 'b', 4),
          give(store, 'b', 'a', 7),
          give(store, 'a', 'b', 3),
          give(store, 'a', 'c', 1),
        ]),
      );
      const left = await finish(Promise.all(['a', 'b', 'c'].map((id) => coinsIn(store, id))));
      const coins = left.map((purse) => purse._unsafeUnwrap() ?? 0);
      expect(coins.reduce((sum, n) => sum + n)).toBe(10);
      expect(Math.min(...coins)).toBeGreaterThanOrEqual(0);
      expect(results.every((result) => result.isOk() || result.error === 'too poor')).toBe(true);
    }));

  it('shows every unit one moment: the sum of two purses never wavers', () =>
    underAnyOrder(async (store, finish) => {
      expect((await finish(Promise.resolve(fill(store, { a: 5, b: 5 })))).isOk()).toBe(true);
      const sum = store.run((tx) => {
        const purses = tx.table<Purse>(PURSES);
        return purses.get('a').andThen((a) => purses.get('b').map((b) => (a?.coins ?? 0) + (b?.coins ?? 0)));
      });
      const look = store.look((table) =>
        table<Purse>(PURSES)
          .all()
          .reduce((total, { coins }) => total + coins, 0),
      );
      const [, summed, looked] = await finish(Promise.all([give(store, 'a', 'b', 3), sum, look]));
      expect([summed, looked]).toEqual([ok(10), ok(10)]);
    }));

  it('gives a unique value to one of those who want it', () =>
    underAnyOrder(async (store, finish) => {
      const claims = await finish(
        Promise.all(['x', 'y', 'z'].map((id) => store.run((tx) => tx.claimUnique('name', 'wanted', id)))),
      );
      expect(claims.filter((claim) => claim._unsafeUnwrap())).toHaveLength(1);
    }));

  it('leaves nothing in an account that was deleted while somebody created in it', () =>
    underAnyOrder(async (store, finish) => {
      const setUp = store.run((tx) => tx.table('accounts').put('acme', { live: true }));
      expect((await finish(Promise.resolve(setUp))).isOk()).toBe(true);
      const create = store.run((tx) =>
        tx
          .lock('accounts', 'acme')
          .andThen(() => tx.table<{ live: boolean }>('accounts').get('acme'))
          .andThen((account) =>
            account?.live ? tx.table(PURSES).put('new', { coins: 1 }) : errAsync(NOT_FOUND),
          ),
      );
      const erase = store.runExclusive('acme', (tx) =>
        tx
          .table(PURSES)
          .all()
          .andThen((purses) =>
            purses.length > 0
              ? errAsync('not empty' as const)
              : tx.table('accounts').put('acme', { live: false }),
          ),
      );
      const [created, erased] = await finish(Promise.all([create, erase]));
      expect([created.isOk(), erased.isOk()].filter(Boolean)).toHaveLength(1);
    }));
});

describe('memory store', () => {
  it('can be claimed again once a unique value is released', async () => {
    const store = memoryStore();
    const claim = (id: string) => store.run((tx) => tx.claimUnique('name', 'wanted', id));
    expect([await claim('x'), await claim('y'), await claim('x')]).toEqual([ok(true), ok(false), ok(true)]);
    expect(await store.run((tx) => tx.releaseUnique('name', 'wanted'))).toEqual(ok(undefined));
    expect([await claim('y'), await claim('x')]).toEqual([ok(true), ok(false)]);
  });

  it('gives up, as the database would, when a unit never gets through', async () => {
    const store = memoryStore();
    const result = await store.run((tx) =>
      tx
        .table<Purse>(PURSES)
        .put('a', { coins: 1 })
        .andThen(() => fill(store, { a: 2 })),
    );
    expect(result).toEqual(err({ kind: 'unavailable', dependency: 'memory', cause: { code: '40001' } }));
    expect(await coinsIn(store, 'a')).toEqual(ok(2));
  });

  it('keeps bigints, dates and nested values as they are, and copies of them', async () => {
    const store = memoryStore();
    const row = { money: 10n ** 20n, list: [{ deep: 'x' }], when: new Date(5) };
    const put = await store.run((tx) => {
      const written = tx.table('rows').put('r', row);
      row.list[0]!.deep = 'changed';
      return written;
    });
    expect(put).toEqual(ok(undefined));
    const rows = store.read<typeof row>('rows');
    const read = (await rows.all())._unsafeUnwrap();
    expect(read).toEqual([{ money: 10n ** 20n, list: [{ deep: 'x' }], when: new Date(5) }]);
    read[0]!.list[0]!.deep = 'changed';
    expect((await rows.get('r'))._unsafeUnwrap()?.list[0]?.deep).toBe('x');
  });

  it('drops all of a unit that a crash stopped between two of its calls', async () => {
    for (let crashAt = 1; crashAt <= 4; crashAt += 1) {
      let calls = 0;
      let armed = false;
      const store = memoryStore({
        yieldTo: async () => {
          calls += 1;
          if (armed && calls === crashAt) throw new Error('crash');
        },
      });
      expect(await fill(store, { a: 5, b: 0 })).toEqual(ok(undefined));
      [calls, armed] = [0, true];
      await expect(Promise.resolve(give(store, 'a', 'b', 5))).rejects.toThrow('crash');
      armed = false;
      expect([await coinsIn(store, 'a'), await coinsIn(store, 'b')]).toEqual([ok(5), ok(0)]);
    }
  });
});
