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
import type { AccountRoom } from '../../../ports/storage/allotments.js';
import type { MeteredBucket, StorageChange, StorageMeter } from '../../../ports/storage/meter.js';
import type { Gate } from './gate.js';
import { type Holdings, positive } from './holdings.js';

const BATCH = 1_000;
/** Beyond so many, what waits is kept by bucket alone: when is told less exactly, how much is not. */
const MOST = 10_000;

/** What this process has counted and not yet handed to the meter. */
export type Tally = {
  readonly note: (bucket: MeteredBucket, turnover: Partial<Turnover>) => void;
  /** What of the account's is still waiting, on balance. */
  readonly waiting: (account: AccountId) => StorageSize;
  /**
   * What it takes up of what was set aside, until it is handed over: what made way for nothing in the same step is
   * room for others only when it is counted. A bucket may end meanwhile, and then it is counted with that.
   */
  readonly owed: (account: AccountId) => StorageSize;
  /** Hands all over; what cannot be handed over waits on. To be called about every second, and at the end. */
  readonly flush: () => ResultAsync<void, Unavailable>;
  /** Accounts of which more was handed over, on balance, than nothing since this was last asked. */
  readonly takeGrown: () => readonly AccountId[];
  /** How often something was handed over: a total that was asked for before may not have it. */
  readonly flushes: () => number;
};

const secondOf = (at: Instant): number => Math.floor(at / SECOND);

/** `grown`: by how much each of the changes left more behind than there was, taken together. */
type Waiting = StorageChange & { readonly grown: StorageSize };

const together = (a: Waiting, b: Waiting): Waiting => ({
  ...a,
  at: instant(Math.max(a.at, b.at)),
  added: sum(a.added, b.added),
  freed: sum(a.freed, b.freed),
  grown: sum(a.grown, b.grown),
});

const gathered = (
  changes: Iterable<Waiting>,
  nameOf: (change: StorageChange) => string,
): Map<string, Waiting> => {
  const all = new Map<string, Waiting>();
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

/** What some changes take off what was set aside; an account of which everything was freed has nothing to do with it. */
const spentBy = (batch: readonly Waiting[]): readonly AccountRoom[] => {
  const rooms = new Map<AccountId, StorageSize>();
  for (const { accountId, grown } of batch)
    if (!isEmpty(grown)) rooms.set(accountId, sum(rooms.get(accountId) ?? NOTHING, grown));
  return [...rooms].map(([accountId, size]) => ({ accountId, ...size }));
};

/** Sizes of accounts, those of nothing left out. */
const balances = () => {
  const all = new Map<AccountId, StorageSize>();
  const of = (account: AccountId): StorageSize => all.get(account) ?? NOTHING;
  const add = (account: AccountId, size: StorageSize): void => {
    const now = sum(of(account), size);
    if (isEmpty(now)) all.delete(account);
    else all.set(account, now);
  };
  return { of, add };
};

/** Collects changes, those of one bucket and second as one. A process that dies loses what waits here. */
export const storageTally = ({
  meter,
  clock,
  holdings,
  gate,
}: {
  readonly meter: Pick<StorageMeter, 'add'>;
  readonly clock: Clock;
  readonly holdings: Pick<Holdings, 'holder' | 'spent'>;
  readonly gate: Pick<Gate, 'alone'>;
}): Tally => {
  let changes = new Map<string, Waiting>();
  let sending: readonly Waiting[] = [];
  let queue: Promise<unknown> = Promise.resolve();
  const [balance, owed] = [balances(), balances()];
  let grown = new Set<AccountId>();
  let flushes = 0;

  const folded = (all: readonly Waiting[]): Map<string, Waiting> => {
    const some = gathered(all, bySecond);
    return some.size > MOST ? gathered(all, byBucket) : some;
  };
  const settled = (batch: readonly Waiting[], rooms: readonly AccountRoom[]): void => {
    flushes += 1;
    holdings.spent(rooms);
    for (const one of batch) {
      const { bytes, objects } = net(one);
      balance.add(one.accountId, difference(NOTHING, { bytes, objects }));
      owed.add(one.accountId, difference(NOTHING, one.grown));
      if (bytes > 0 || objects > 0) grown.add(one.accountId);
    }
  };
  const add = async (batch: readonly Waiting[]): Promise<Result<void, Unavailable>> => {
    const rooms = spentBy(batch);
    const counted = batch.map(({ grown: _, ...change }) => change);
    const added = await meter.add(counted, { holder: holdings.holder(), rooms });
    if (added.isOk()) settled(batch, rooms);
    return added;
  };

  /** Batches go one after the other; what the meter does not take is sent again with what came meanwhile. */
  const handOver = async (): Promise<Result<void, Unavailable>> => {
    sending = [...folded([...sending, ...changes.values()]).values()];
    changes = new Map();
    while (sending.length > 0) {
      const batch = sending.slice(0, BATCH);
      const added = await gate.alone(() => add(batch));
      if (added.isErr()) return err(added.error);
      sending = sending.slice(BATCH);
    }
    return ok(undefined);
  };

  return {
    note: ({ accountId, bucketId }, { added = NOTHING, freed = NOTHING }) => {
      if (isEmpty(added) && isEmpty(freed)) return;
      const more = difference(added, freed);
      const change = { accountId, bucketId, at: clock.now(), added, freed, grown: positive(more) };
      balance.add(accountId, more);
      if (!isEmpty(change.grown)) owed.add(accountId, change.grown);
      const name = bySecond(change);
      const before = changes.get(name);
      changes.set(name, before ? together(before, change) : change);
      if (changes.size > MOST) changes = folded([...changes.values()]);
    },
    waiting: balance.of,
    owed: owed.of,
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
