import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { AccountId } from '../../../domain/shared/ids.js';
import { type Instant, instant, SECOND } from '../../../domain/shared/time.js';
import {
  difference,
  NOTHING,
  type StorageSize,
  sum,
  type Turnover,
} from '../../../domain/storage/storage-size.js';
import type { Clock } from '../../../ports/shared/clock.js';
import type { Unavailable } from '../../../ports/shared/failure.js';
import type { MeteredBucket, StorageChange, StorageMeter } from '../../../ports/storage/meter.js';

const BATCH = 1_000;
/** Beyond so many, what waits is kept by bucket alone: when is told less exactly, how much is not. */
const MOST = 10_000;

/** What this process has counted and not yet handed to the meter. */
export type Tally = {
  readonly note: (bucket: MeteredBucket, turnover: Partial<Turnover>) => void;
  /** What of the account's is still waiting, on balance. */
  readonly waiting: (account: AccountId) => StorageSize;
  /** Hands all over; what cannot be handed over waits on. To be called about every second, and at the end. */
  readonly flush: () => ResultAsync<void, Unavailable>;
  /** Accounts of which more was handed over, on balance, than nothing since this was last asked. */
  readonly takeGrown: () => readonly AccountId[];
  /** How often something was handed over: a total that was asked for before may not have it. */
  readonly flushes: () => number;
};

const secondOf = (at: Instant): number => Math.floor(at / SECOND);

const together = (a: StorageChange, b: StorageChange): StorageChange => ({
  ...a,
  at: instant(Math.max(a.at, b.at)),
  added: sum(a.added, b.added),
  freed: sum(a.freed, b.freed),
});

const gathered = (
  changes: Iterable<StorageChange>,
  nameOf: (change: StorageChange) => string,
): Map<string, StorageChange> => {
  const all = new Map<string, StorageChange>();
  for (const change of changes) {
    const name = nameOf(change);
    const before = all.get(name);
    all.set(name, before ? together(before, change) : change);
  }
  return all;
};
const bySecond = ({ bucketId, at }: StorageChange): string => `${bucketId} ${secondOf(at)}`;
const byBucket = ({ bucketId }: StorageChange): string => bucketId;

const net = ({ added, freed }: Turnover): StorageSize => difference(added, freed);
const isEmpty = ({ bytes, objects }: StorageSize): boolean => bytes === 0 && objects === 0;

/** Collects changes, those of one bucket and second as one. A process that dies loses what waits here. */
export const storageTally = ({
  meter,
  clock,
}: {
  readonly meter: Pick<StorageMeter, 'add'>;
  readonly clock: Clock;
}): Tally => {
  let changes = new Map<string, StorageChange>();
  let sending: readonly StorageChange[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  const balance = new Map<AccountId, StorageSize>();
  let grown = new Set<AccountId>();
  let flushes = 0;

  const weigh = (account: AccountId, size: StorageSize): void => {
    const now = sum(balance.get(account) ?? NOTHING, size);
    if (isEmpty(now)) balance.delete(account);
    else balance.set(account, now);
  };
  const folded = (all: readonly StorageChange[]): Map<string, StorageChange> => {
    const some = gathered(all, bySecond);
    return some.size > MOST ? gathered(all, byBucket) : some;
  };
  const settled = (batch: readonly StorageChange[]): void => {
    flushes += 1;
    for (const one of batch) {
      const { bytes, objects } = net(one);
      weigh(one.accountId, difference(NOTHING, { bytes, objects }));
      if (bytes > 0 || objects > 0) grown.add(one.accountId);
    }
  };

  /** Batches go one after the other; what the meter does not take is sent again with what came meanwhile. */
  const handOver = async (): Promise<Result<void, Unavailable>> => {
    sending = [...folded([...sending, ...changes.values()]).values()];
    changes = new Map();
    while (sending.length > 0) {
      const batch = sending.slice(0, BATCH);
      const added = await meter.add(batch);
      if (added.isErr()) return err(added.error);
      sending = sending.slice(BATCH);
      settled(batch);
    }
    return ok(undefined);
  };

  return {
    note: ({ accountId, bucketId }, { added = NOTHING, freed = NOTHING }) => {
      if (isEmpty(added) && isEmpty(freed)) return;
      const change: StorageChange = { accountId, bucketId, at: clock.now(), added, freed };
      weigh(accountId, net(change));
      const name = bySecond(change);
      const before = changes.get(name);
      changes.set(name, before ? together(before, change) : change);
      if (changes.size > MOST) changes = folded([...changes.values()]);
    },
    waiting: (account) => balance.get(account) ?? NOTHING,
    flush: () => {
      const flushed = queue.then(handOver);
      queue = flushed.catch(() => undefined);
      return new ResultAsync(flushed);
    },
    takeGrown: () => {
      const taken = [...grown];
      grown = new Set();
      return taken;
    },
    flushes: () => flushes,
  };
};
