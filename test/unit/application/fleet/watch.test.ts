import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { watchFileSystem } from '../../../../src/application/fleet/watch.js';
import type { AccountId } from '../../../../src/domain/shared/ids.js';
import type { Member } from '../../../../src/domain/shared/principal.js';
import { instant } from '../../../../src/domain/shared/time.js';
import type { StreamPosition } from '../../../../src/ports/fleet/unit-of-work.js';
import type { DomainEvent } from '../../../../src/ports/shared/events.js';
import { NOT_FOUND, type Unavailable } from '../../../../src/ports/shared/failure.js';
import { aFileSystem } from '../../../support/fleet.js';

const ACCOUNT = '01890a5d-ac96-774b-bcce-b302099a8057' as AccountId;
const MEMBER = { accountId: ACCOUNT } as Member;
const DOWN: Unavailable = { kind: 'unavailable', dependency: 'test', cause: 'down' };

/** A feed that gives what was told so far, at most `most` of a stream, and a clock that a test winds. */
const stage = (most = 100) => {
  const told: DomainEvent[] = [];
  const looks: (readonly StreamPosition[])[] = [];
  const ticks: (() => void)[] = [];
  const now = { down: false, broken: false };
  const since = (positions: readonly StreamPosition[]): ResultAsync<readonly DomainEvent[], Unavailable> => {
    looks.push(positions);
    if (now.broken) throw new Error('a row that cannot be read');
    if (now.down) return errAsync(DOWN);
    return okAsync(
      positions.flatMap(({ stream, after }) =>
        told.filter((event) => event.stream === stream && event.seq > after).slice(0, most),
      ),
    );
  };
  const files = new Map<string, ReturnType<typeof aFileSystem>>();
  const watch = watchFileSystem({
    feed: { since },
    pause: {
      wait: () => okAsync(undefined).map(() => new Promise<void>((resolve) => void ticks.push(resolve))),
    },
    readers: {
      fileSystem: (account: AccountId, id: string) => {
        const fileSystem = files.get(id);
        return fileSystem && fileSystem.accountId === account
          ? okAsync({ fileSystem, secret: {} })
          : errAsync(NOT_FOUND);
      },
      buriedFileSystem: () => errAsync(NOT_FOUND),
    } as never,
  });
  const tell = (stream: string, seq: number, type = 'status'): void => {
    told.push({ stream, seq, type, accountId: ACCOUNT, data: { seq }, at: instant(0) });
  };
  return {
    now,
    looks,
    tell,
    /** A file system that has come so far, all of it told. */
    at: (version: number): string => {
      const file = aFileSystem(ACCOUNT, { version });
      files.set(file.id, file);
      for (let seq = 1; seq <= version; seq += 1) tell(file.id, seq);
      return file.id;
    },
    follow: async (id: string, lastEventId?: string) => {
      const leaving = new AbortController();
      const watched = (await watch(id, lastEventId, MEMBER))._unsafeUnwrap();
      const source = watched.events(leaving.signal)[Symbol.asyncIterator]();
      return {
        next: async () => (await source.next()).value as DomainEvent | undefined,
        leave: () => leaving.abort(),
      };
    },
    watch,
    /** Lets everything happen that can, and then the time until the next look pass. */
    tick: async () => {
      await settled();
      for (const tick of ticks.splice(0)) tick();
      await settled();
    },
    pending: () => ticks.length,
  };
};
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('those who follow file systems', () => {
  it('look together, each stream from where the furthest back of them stands', async () => {
    const { at, follow, looks, tick, tell } = stage();
    const [one, other] = [at(3), at(5)];
    const followers = await Promise.all([follow(one, '3'), follow(one), follow(other, '5')]);
    expect((await followers[1]?.next())?.seq).toBe(3);
    const waiting = followers.map(({ next }) => next());
    await tick();
    expect(looks.at(-1)).toEqual([
      { stream: one, after: 3 },
      { stream: other, after: 5 },
    ]);
    tell(one, 4);
    await tick();
    expect((await waiting[0])?.seq).toBe(4);
    expect((await waiting[1])?.seq).toBe(4);
    tell(other, 6);
    await tick();
    expect((await waiting[2])?.seq).toBe(6);
  });

  it('are given nothing that they have, by a look that somebody else needs', async () => {
    const { at, follow, tick, tell } = stage(1);
    const id = at(2);
    const [behind, ahead] = [await follow(id, '1'), await follow(id, '2')];
    const next = ahead.next();
    expect((await behind.next())?.seq).toBe(2);
    const late = behind.next();
    tell(id, 3);
    await tick();
    await tick();
    expect([(await next)?.seq, (await late)?.seq]).toEqual([3, 3]);
  });

  it('hear more than one look can give, in order and whole', async () => {
    const { at, follow, tick } = stage(100);
    const id = at(250);
    const { next } = await follow(id, '1');
    const heard: number[] = [];
    for (let i = 0; i < 249; i += 1) {
      const event = next();
      await tick();
      heard.push((await event)?.seq ?? 0);
    }
    expect(heard).toEqual(Array.from({ length: 249 }, (_, i) => i + 2));
  });

  it('cause no look while none of them waits, and one again as soon as one does', async () => {
    const { at, follow, looks, tick, pending } = stage();
    const id = at(1);
    const first = await follow(id);
    await first.next();
    await tick();
    expect(looks).toEqual([]);
    const waiting = first.next();
    await settled();
    expect(looks.length).toBe(1);
    first.leave();
    expect(await waiting).toBeUndefined();
    await tick();
    expect([looks.length, pending()]).toEqual([1, 0]);
    const second = await follow(id, '1');
    void second.next();
    await settled();
    expect(looks.length).toBe(2);
  });

  it('outlast a database that is gone for a moment', async () => {
    const { at, follow, now, tick, tell } = stage();
    const id = at(1);
    const { next } = await follow(id, '1');
    now.down = true;
    const event = next();
    tell(id, 2);
    await tick();
    now.down = false;
    await tick();
    expect((await event)?.seq).toBe(2);
  });

  it('are all told of a defect, and those who come after it are served again', async () => {
    const { at, follow, now, tick, tell } = stage();
    const id = at(1);
    const followers = await Promise.all([follow(id, '1'), follow(id, '1')]);
    now.broken = true;
    const ends = await Promise.allSettled(followers.map(({ next }) => next()));
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    now.broken = false;
    const { next } = await follow(id, '1');
    const event = next();
    tell(id, 2);
    await tick();
    expect((await event)?.seq).toBe(2);
  });

  it('are of its account', async () => {
    const { at, watch } = stage();
    const stranger = { accountId: '01890a5d-ac96-774b-bcce-b302099a8058' } as Member;
    expect((await watch(at(1), undefined, stranger))._unsafeUnwrapErr()).toEqual(NOT_FOUND);
  });

  it('hear nothing after the end', async () => {
    const { at, follow, tell, tick } = stage();
    const id = at(1);
    const { next } = await follow(id, '1');
    const last = next();
    tell(id, 2, 'deleted');
    tell(id, 3);
    await tick();
    expect((await last)?.type).toBe('deleted');
    expect(await next()).toBeUndefined();
  });
});
