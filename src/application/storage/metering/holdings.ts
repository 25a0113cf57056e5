import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, SECOND } from '../../../domain/shared/time.js';
import { RELIED_ON_FOR, RENEWED_AFTER } from '../../../domain/storage/allotment.js';
import { difference, NOTHING, type StorageSize } from '../../../domain/storage/storage-size.js';
import type { Ids } from '../../../ports/shared/ids.js';
import type { AccountRoom } from '../../../ports/storage/allotments.js';

/** What this process has set aside. What the database says is the same, or more where an answer was lost. */
export type Holdings = {
  /** Under which it is written down. */
  readonly holder: () => string;
  /** What may be relied on. */
  readonly of: (account: AccountId, at: Instant) => StorageSize;
  readonly granted: (account: AccountId, size: StorageSize, at: Instant) => void;
  /** Nobody knows whether something was written: it is put right with what is kept next. */
  readonly doubted: (account: AccountId) => void;
  readonly spent: (rooms: readonly AccountRoom[]) => void;
  /**
   * Lets go of what is not needed and tells what is to be written: of what was granted a second ago, or of all; and of
   * what has not been heard of for a while.
   */
  readonly kept: (
    at: Instant,
    needed: (account: AccountId) => StorageSize,
    all: boolean,
  ) => readonly AccountRoom[];
  readonly written: (rooms: readonly AccountRoom[], at: Instant) => void;
};

type Holding = {
  readonly size: StorageSize;
  readonly grantedAt: Instant;
  /** Others count from here how long it holds. */
  readonly heardAt: Instant;
  readonly isDoubtful: boolean;
};

/** As long as something is asked for again and again it is not given back in between. */
const KEPT_FOR = SECOND;

const isNothing = ({ bytes, objects }: StorageSize): boolean => bytes === 0 && objects === 0;
const isSame = (a: StorageSize, b: StorageSize): boolean => a.bytes === b.bytes && a.objects === b.objects;
const smaller = (a: StorageSize, b: StorageSize): StorageSize => ({
  bytes: Math.min(a.bytes, b.bytes),
  objects: Math.min(a.objects, b.objects),
});
export const positive = ({ bytes, objects }: StorageSize): StorageSize => ({
  bytes: Math.max(0, bytes),
  objects: Math.max(0, objects),
});

/** A clock that was put back makes everything old at once. */
const isOlder = (since: Instant, age: number, at: Instant): boolean => at < since || at - since >= age;

export const holdings = (ids: Ids): Holdings => {
  const all = new Map<AccountId, Holding>();
  let named: string | undefined;

  const keepOf = (
    [account, holding]: readonly [AccountId, Holding],
    at: Instant,
    needed: (account: AccountId) => StorageSize,
    isAll: boolean,
  ): readonly AccountRoom[] => {
    const { size, grantedAt, heardAt, isDoubtful } = holding;
    const rests = isAll || isOlder(grantedAt, KEPT_FOR, at) || isOlder(heardAt, RELIED_ON_FOR, at);
    const kept = rests ? smaller(size, needed(account)) : size;
    if (isSame(kept, size) && !isDoubtful && !isOlder(heardAt, RENEWED_AFTER, at)) return [];
    all.set(account, { ...holding, size: kept, isDoubtful: true });
    return [{ accountId: account, ...kept }];
  };

  return {
    holder: () => {
      named ??= ids.next();
      return named;
    },
    of: (account, at) => {
      const holding = all.get(account);
      return holding && !isOlder(holding.heardAt, RELIED_ON_FOR, at) ? holding.size : NOTHING;
    },
    granted: (account, size, at) =>
      void all.set(account, { size, grantedAt: at, heardAt: at, isDoubtful: false }),
    doubted: (account) => {
      const at = 0 as Instant;
      const holding = all.get(account) ?? { size: NOTHING, grantedAt: at, heardAt: at };
      all.set(account, { ...holding, isDoubtful: true });
    },
    spent: (rooms) => {
      for (const { accountId, bytes, objects } of rooms) {
        const holding = all.get(accountId);
        if (!holding) continue;
        const size = positive(difference(holding.size, { bytes, objects }));
        all.set(accountId, { ...holding, size });
      }
    },
    kept: (at, needed, isAll) => [...all].flatMap((one) => keepOf(one, at, needed, isAll)),
    written: (rooms, at) => {
      for (const { accountId, bytes, objects } of rooms) {
        const holding = all.get(accountId);
        if (!holding) continue;
        if (isNothing({ bytes, objects })) all.delete(accountId);
        else all.set(accountId, { ...holding, heardAt: at, isDoubtful: false });
      }
    },
  };
};
